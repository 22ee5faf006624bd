# A tool that spx-collapse starts has nothing of a launcher of ranks, whose variables and connections are its parent's alone; it dies
# with its parent.
mkdir bin && cp "$(command -v spx-collapse)" bin
cat > bin/spx-stats << 'S'
#!/bin/sh
exec >&2
env | sed -n 's/^\(OMPI_\|ORTE_\|PMI_\|PMIX_\|PRTE_\|KEPT\)/has \1/p'
[ -e "/proc/$$/fd/9" ] && echo "has an open file of its parent"
exit 3
S
chmod +x bin/spx-stats
echo '{"model": "data/tiny.gguf", "facts": "datasets/counterfact-2000.json", "text": "datasets/wikitext-2-test.txt", "layers": 1, "arms": [{"name": "a", "contexts": 0}]}' > plan.json
OMPI_MCA_btl=self ORTE_X=1 PMI_SIZE=2 PMIX_NAMESPACE=n PRTE_X=1 KEPT=yes bin/spx-collapse plan.json -o out 9< /dev/null 2>&1 |
    sed -n -e '/^has/p' -e 's:[^ ]*/bin/::p'
printf '#!/bin/sh\necho $$ > pid.part && mv pid.part pid\nexec sleep 60\n' > bin/spx-stats
bin/spx-collapse plan.json -q -o out &
while [ ! -e pid ]; do sleep 0.05; done
kill -KILL $! && wait $! 2> /dev/null
tries=0
while kill -0 "$(cat pid)" 2> /dev/null && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
kill "$(cat pid)" 2> /dev/null || echo "died with its parent"
