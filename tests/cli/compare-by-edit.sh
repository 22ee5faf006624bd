# The first-order split of a run over its rounds and edits: shares add up to 1; where changes are small the first order
# is what is measured, for the whole run and with the worst round left out; changes without factors split by rounds.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 2048 --window 256 --layers 1-3 -o stats.h5 > table
edit() { # NAME OPTIONS
    name=$1; shift
    spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --contexts 0 --steps 4 --round 6 \
        --rounds 2 -q -o "$name.h5" "$@"
}
edit small --lambda 20000
spx-compare --by-edit small.h5 --tau 0.2 > table
head -n 1 table
awk -F '\t' 'function near(x, y, e) { return (x - y > -e && x - y < e) ? 1 : 0 }
    NR > 1 { n[$1, $4]++; if ($4 == "round") round[$1] += $7; if ($4 == "edit") edit[$1] += $7; k[$1] = $3
                      if ($4 == "total") total[$1] = $7
                      if ($4 == "total" || $4 == "without") agree[$1] += near($11 / $12, 1, 0.1) }
    END { for (i = 1; i < 4; i++) { t = "blk." i ".ffn_down.weight"
          print t, k[t], n[t, "round"], n[t, "edit"], near(total[t], 1, 1e-3), near(round[t], 1, 1e-3), (edit[t] > 0.8), agree[t] } }' table
awk -F '\t' '$4 == "edit" { if ($1 == last && $7 > share) print "not in order"; last = $1; share = $7 }' table
edit dense --filter rect --lambda 20000
spx-compare --by-edit dense.h5 -t '*.2.*' | cut -f 1-6
spx-compare --by-edit small.h5 -k 2 -t '*.3.*' --json | head -n 1 | cut -c 1-115
edit none --ledger 0
spx-compare --by-edit none.h5; echo "$?"
spx-compare --by-edit small.h5 small.h5; echo "$?"
spx-compare small.h5; echo "$?"
spx-compare --by-edit small.h5 --tau 1; echo "$?"
