# named.awk NAMES PAGE.md: prints tools and options that PAGE names in code and that are not in NAMES (lines of "TOOL" and
# "TOOL --OPTION"); status 1 if there are any. An option that stands alone may be any tool's.
function check(code, n, i, word, tool, option) {
    n = split(code, word, /[ \t|;()]+/)
    tool = ""
    for (i = 1; i <= n; i++) {
        if (word[i] ~ /^([^ ]*\/)?spx-[a-z]+$/) tool = substr(word[i], match(word[i], /spx-[a-z]+$/))
        else if (word[i] == "spx" && word[i + 1] ~ /^[a-z]+$/) tool = "spx-" word[i + 1]
        else if (word[i] ~ /^--[a-z]/ && (tool || i == 1)) {
            option = word[i]
            sub(/=.*/, "", option)
            if (tool ? !((tool " " option) in known) : !(option in any)) complain((tool ? tool " " : "") option)
            continue
        } else continue
        if (!(tool in known)) complain(tool)
    }
}
function complain(what) { print page ":" FNR ": " what; bad = 1 }
NR == FNR { known[$0] = 1; if (NF > 1) any[$2] = 1; next }
/^```/ { block = !block; next }
block || /^    / {
    line = line $0
    if (sub(/\\$/, " ", line)) next
    check(line)
    line = ""
    next
}
{ n = split($0, span, "`"); for (i = 2; i < n; i += 2) check(span[i]) }
END { exit bad }
