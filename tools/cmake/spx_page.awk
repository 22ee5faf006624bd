# spx_page.awk TOOLS.TSV SPX.1: spx(1) with the tools and what each is for.
NR == FNR { name[++n] = $2; summary[n] = $3; next }
/^[.]Sh OPTIONS/ {
    print ".Sh TOOLS\n.Bl -tag -width Ds"
    for (i = 1; i <= n; i++) print ".It Xr " name[i] " 1\n" summary[i]
    print ".El"
}
{ print }
