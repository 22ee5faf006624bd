# fish.awk -v tool=TOOL: the rows of --help=options of one tool as a fish completion; of spx, the tools' names.
function quoted(s) { gsub(/\\/, "\\\\", s); gsub(/\047/, "\\\047", s); return "\047" s "\047" }
function option(start) {
    printf "%s -l %s", start, $3
    if ($2 != "-") printf " -s %s", $2
    if ($5 != "-") printf " -x -a %s", quoted($5)
    else if ($4 != "-" && $3 != "help") printf " -r"
    print " -d " quoted($6)
}
BEGIN { print "# fish completion of " tool "; made from the tables of options." }
$1 == "tool" {
    name = $2
    if (tool == "spx" && name != "spx")
        print "complete -c spx -n __fish_use_subcommand -f -a " substr(name, 5) " -d " quoted($4)
}
name == tool && $1 == "option" { option("complete -c " tool) }
tool == "spx" && name != "spx" && $1 == "option" {
    option("complete -c spx -n " quoted("__fish_seen_subcommand_from " substr(name, 5)))
}
name == tool && $1 == "argument" && $5 != "-" { print "complete -c " tool " -a " quoted($5) }
