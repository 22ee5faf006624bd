# zsh.awk: the rows of --help=options of all tools as one zsh completion.
function quoted(s) { gsub(/\047/, "\047\\\047\047", s); return "\047" s "\047" }
function plain(s) { gsub(/\\/, "\\\\", s); gsub(/\[/, "\\[", s); gsub(/\]/, "\\]", s); gsub(/:/, "\\:", s); return s }
function action(value, choices) { return ":" plain(value) ":" (choices != "-" ? "(" choices ")" : "_files") }
$1 == "tool" {
    name = $2
    names[++n] = name
    if (name != "spx") tools = tools " " quoted(substr(name, 5) ":" $4)
}
$1 == "option" {
    spec = "[" plain($6) "]" ($4 != "-" ? action($4, $5) : "")
    equals = $4 == "-" ? "" : "="
    if ($3 == "help") spec = "[" plain($6) "]"
    if ($3 == "help") equals = ""
    lines[name] = lines[name] " \\\n        " quoted("*--" $3 equals spec)
    if ($2 != "-") lines[name] = lines[name] " \\\n        " quoted("*-" $2 ($4 != "-" && $3 != "help" ? "+" : "") spec)
}
$1 == "argument" && $5 != "-" { lines[name] = lines[name] " \\\n        " quoted("1:" plain($3) ":(" $5 ")"); first[name] = 1 }
END {
    printf "#compdef"
    for (i = 1; i <= n; i++) printf " %s", names[i]
    print "\n# zsh completion of spx; made from the tables of options."
    print "_spx_tool()\n{\n    case $1 in"
    for (i = 1; i <= n; i++) if (names[i] != "spx") print "    " names[i] ") _arguments -s" lines[names[i]] " \\\n        " quoted("*:file:_files") " ;;"
    print "    esac\n}"
    print "_spx()\n{\n    local -a tools\n    tools=(" substr(tools, 2) " \047help:explain a tool\047)"
    print "    if [[ $service != spx ]]; then\n        _spx_tool $service\n    elif (( CURRENT == 2 )); then\n        _describe tool tools"
    print "        [[ $PREFIX != -* ]] || _arguments -s" lines["spx"]
    print "    else\n        local tool=spx-$words[2]\n        shift words\n        (( CURRENT-- ))\n        _spx_tool $tool\n    fi\n}\n_spx \"$@\""
}
