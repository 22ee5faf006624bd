# spx lists the tools, runs them with their options and exit status, and asks what a misspelt one was meant to be.
spx > list; cat list
spx compare --help | head -n 1
spx help compare | head -n 1
spx info data/tiny.gguf -t 'blk.0.ffn_down*' | cut -f 1,2,3
spx info nothing.gguf; echo $?
spx comprae a b; echo $?
spx xyzzy; echo $?
spx --dada; echo $?
spx --nothing; echo $?
spx -q info data/tiny.gguf; echo $?
spx help | cmp - list && spx xyzzy --version; echo $?
spx --version | sed 's/[0-9.]*$/N/'
ls "$(spx --data)"
SPX_DATA=$PWD spx --data > other; ls "$(cat other)"
