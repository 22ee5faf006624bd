# doxygen.awk: a header as Doxygen reads it. Comments begin with /* and are plain text: they are marked as
# documentation, of what follows or of the member before, and what Doxygen would take for markup is quoted.
function plain(s) {
    gsub(/&/, "\\&amp;", s)
    gsub(/</, "\\&lt;", s)
    gsub(/>/, "\\&gt;", s)
    gsub(/#/, "\\&#35;", s)
    gsub(/%/, "\\&#37;", s)
    gsub(/\\/, "\\&#92;", s)
    gsub(/"/, "\\&quot;", s)
    return s
}
NR == 1 { sub(/^\/\* spx\/[a-z_]*[.]h: /, "/* @file\n * ") }
/^#/ { print; next }
{
    at = inside ? 1 : index($0, "/*")
    if (at == 0) { print; next }
    before = substr($0, 1, at - 1)
    text = substr($0, at)
    if (!inside) {
        sub(/^\/\*+/, "", text)
        before = before (before ~ /[;,][ ]*$/ ? "/**<" : "/**")
    }
    inside = text !~ /\*\//
    print before plain(text)
}
