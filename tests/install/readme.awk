# readme.awk -v out=DIR README.md: the commands of a README, a file each, in DIR, named by the line where they begin:
#   LINE.sh       a block of sh, and the commands in the last column of a table, those of one row together
#   LINE.console  a block of commands ("$ COMMAND") with what they print
# The heading above a block is its folder's name: blocks of one section see each other's files, rows of a table do not.
# What stands under a heading that says how long it takes ("minutes") or how to install is left out.
function name(text) { gsub(/[^A-Za-z0-9]+/, "-", text); return text }
/^## / { section = name(substr($0, 4)); skipped = section ~ /minutes|^Installing/ }
/^```/ && !block {
    block = substr($0, 4)
    at = NR
    if (block ~ /^(sh|console)$/ && !skipped) print section > sprintf("%s/%04d.section", out, at)
    next
}
/^```/ { block = ""; next }
block ~ /^(sh|console)$/ && !skipped { print > sprintf("%s/%04d.%s", out, at, block) }
/^\|/ && !block && !skipped {
    cells = split($0, cell, "|")
    n = split(cell[cells - 1], span, "`")
    if (n > 1) print "row" NR > sprintf("%s/%04d.section", out, NR)
    for (i = 2; i < n; i += 2) {
        if (span[i] !~ /^spx[ -][a-z]+ /) continue
        print span[i] > sprintf("%s/%04d.sh", out, NR)
    }
}
