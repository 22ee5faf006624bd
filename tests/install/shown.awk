# shown.awk SHOWN PRINTED: status 1 unless PRINTED is what SHOWN says: the same words in each line, numbers to one in the last
# digit shown; a line of "..." stands for any number of lines, empty lines for none.
function close_to(a, b, digits) {
    gsub(/[][(),;%]/, "", a)
    gsub(/[][(),;%]/, "", b)
    if (a == b) return 1
    if (a !~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/ || b !~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/) return 0
    digits = a ~ /[.]/ ? length(a) - index(a, ".") : 0
    return (a - b) ^ 2 <= (1.01 * 10 ^ -digits) ^ 2
}
function same(a, b, n, i, x, y) {
    n = split(a, x)
    if (split(b, y) != n) return 0
    for (i = 1; i <= n; i++) if (!close_to(x[i], y[i])) return 0
    return 1
}
NF == 0 { next }
NR == FNR { shown[++wanted] = $0; next }
{ printed[++given] = $0 }
END {
    at = 1
    for (i = 1; i <= wanted; i++) {
        if (shown[i] ~ /^ *[.][.][.]/) { skip = 1; continue }
        while (skip && at <= given && !same(shown[i], printed[at])) at++
        if (at > given || !same(shown[i], printed[at])) {
            print "shown:   " shown[i] "\nprinted: " (at > given ? "(no more)" : printed[at])
            exit 1
        }
        at++
        skip = 0
    }
    if (!skip && at <= given) { print "printed, but not shown: " printed[at]; exit 1 }
}
