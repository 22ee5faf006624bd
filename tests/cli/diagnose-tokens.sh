# The tokens that the leading directions of a change stand for, and weights that look freshly initialised: as text, JSON and page.
model=data/folders/llama
spx-perturb "$model" --group 1 --groups 4 --size 2 -t '*layers.1.mlp.down*' -t '*layers.0.*q_proj*' -o later > /dev/null
spx-diagnose "$model" later --no-behaviour --tokens 3 -o report 2> /dev/null |
    sed -n '/direction/,/^$/p' | sed 's/[-+]0\.[0-9]* (0\.[0-9]*)/C/'
spx-diagnose "$model" later --no-behaviour --tokens 2 --json | grep '"direction"' | head -n 2 |
    sed 's/"value.*"tokens"/"tokens"/'
grep -c '<td class="tokens"><code>' report/report.html
spx-diagnose "$model" later --no-behaviour --tokens 2 -t '*embed*'; echo "unchanged: $?"
spx-diagnose golden/change-base.safetensors golden/change-edited.safetensors -t '*.0.*' --no-behaviour --tokens 2 2>&1 | tail -n 1
spx-diagnose run.h5#r1 later --tokens 2; echo "stage: $?"

trained=golden/fresh-trained.safetensors initial=golden/fresh-initial.safetensors
spx-diagnose "$trained" "$initial" --no-behaviour -o fresh 2> /dev/null | grep WARNING
spx-diagnose "$initial" "$trained" --no-behaviour | grep WARNING
spx-diagnose "$initial" "$trained" --no-behaviour --json | grep -o '"fresh": [0-9]*, "base_fresh": [0-9]*'
grep -o '<strong>Warning:</strong> [^:]*' fresh/report.html
spx-diagnose "$trained" "$trained" --no-behaviour | grep -c WARNING
