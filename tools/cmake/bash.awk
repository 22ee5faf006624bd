# bash.awk: the rows of --help=options of all tools as one bash completion, for each tool and for spx TOOL.
# An option whose value has no known names completes file names.
BEGIN { quote = "\047" }
$1 == "tool" {
    name = $2
    names[++n] = name
    if (name != "spx") tools = tools " " substr(name, 5)
}
$1 == "option" {
    options[name] = options[name] " --" $3 ($2 != "-" ? " -" $2 : "")
    if ($5 != "-") values[name] = values[name] "        " name ":--" $3 ($2 != "-" ? "|" name ":-" $2 : "") ") words=" quote $5 quote " ;;\n"
}
$1 == "argument" && $5 != "-" { words[name] = words[name] " " $5 }
END {
    print "# bash completion of spx; made from the tables of options."
    print "_spx()\n{\n    local tool=${COMP_WORDS[0]##*/} current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words="
    print "    COMPREPLY=()"
    print "    if [ \"$tool\" = spx ]; then"
    print "        if [ \"$COMP_CWORD\" = 1 ]; then"
    print "            COMPREPLY=($(compgen -W \"help" tools options["spx"] "\" -- \"$current\"))"
    print "            return\n        fi"
    print "        tool=spx-${COMP_WORDS[1]}\n    fi"
    print "    case $tool:$before in"
    for (i = 1; i <= n; i++) printf "%s", values[names[i]]
    print "        *) case $tool in"
    for (i = 1; i <= n; i++) if (words[names[i]]) print "            " names[i] ") words=" quote substr(words[names[i]], 2) quote " ;;"
    print "        esac ;;\n    esac"
    print "    if [ \"${current#-}\" != \"$current\" ]; then"
    print "        case $tool in"
    for (i = 1; i <= n; i++) print "            " names[i] ") words=" quote substr(options[names[i]], 2) quote " ;;"
    print "        esac\n    fi"
    print "    [ -z \"$words\" ] || COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}"
    printf "complete -o bashdefault -o default -F _spx"
    for (i = 1; i <= n; i++) printf " %s", names[i]
    print ""
}
