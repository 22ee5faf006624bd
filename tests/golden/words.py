"""words.json: texts in the words of nltk's NLTKWordTokenizer, sentence by sentence, and MEMIT's n-gram entropy of them.

usage: words.py

Sentences are those of libspectra/eval/words.h, not of Punkt, whose parameters nltk does not bring along. Half the texts are
written by hand, half drawn from the pieces below, seed 1. Versions: requirements.txt.
"""
import collections
import json
import pathlib
import random
import re

import numpy as np
from nltk.tokenize import NLTKWordTokenizer

END = re.compile(r"""[.?!][])}>"'»”’]*(?=\s|$)""")
TEXTS = r'''The mother tongue of Danielle Darrieux is French. She was born in Bordeaux, in 1917.
Don't stop; it's 3.5 km -- München to Łódź (a long way).
He said, "I can't," and left.
"Who's there?" asked Mr. Smith. "It's me!"
She'd've gone if they'll let her; I'm sure you're right, we've seen it.
The dogs' bowls and the dog's bowl, James' book and James's book.
'Tis the season. 'Twas the night before. That's 'nice', isn't it?
The '90s were good; rock 'n' roll wasn't. ''Quoted'' like this, ``and'' like that.
I CAN'T, HE'LL, WE'RE, IT'S, I'D: capitals. It's he'Ll mixed'S.
Cannot, gonna, wanna go, gimme that, gotta, lemme see, more'n enough, d'ye know.
I wanna. Do you wanna? A wanna-be, and cannot-do.
It costs $3.88, or €3,36, or £1,000.50 (about 5%).
In 1999, 1,234,567 people came: 12:30, 1:1, a:b, ratio 3:4.
See https://example.org/a?b=c&d=e#f, or mail me@example.org; thanks.
A list: one, two, three; and [brackets], {braces}, <tags>.
Wait... what? No... . Yes.... Hmm..
He paused... "Then," he said, "go."
An em dash—like this—and an en dash, 1914–1918. A figure‒dash and a bar―here.
A double--dash, a triple---dash, a - b, well-known.
«Bonjour», dit-il. “Hello,” she said. ‘Single’ quotes and „low“ ones. Don’t!
U.S. troops, the U.N. and Washington D.C. are here. E.g. this, i.e. that.
Dr. J. R. Smith Jr. lives at No. 5 St. James St.
The end.) The end." The end.' The end.» The end.]
(He left.) [She stayed.] {They slept.}
What?! Really!? No!!! ... ???
5 * 3 = 15, a+b, x_1^2, 50% & more, #1 @ home; C:\path\file.
Tabs	and  double  blanks, a no-break space.
It's "quoted" and ("quoted too") and ["this"]. <"that">
"" and """ and ' and '' alone
O'Neil's and L'Oréal, l'homme, d'Artagnan, ma'am, o'clock, y'all
Ends in a comma,
Ends in a colon:
Two commas,,here, three,,,four ::a and a::
no capitals. here either. and 3 more. ends
1. First item. 2. Second item. 3) third
Прага — столица Чехии. Она красива!
東京は日本の首都です。「はい」、そうです。
A smiley :) and :-( and 😀, a bullet • and an ellipsis…
½ of it, 20°C, x², § 5, © 2020, 1st, 2nd.
s' 's t' 't 'd 'm 're n't N'T 'll
can't've shouldn't've who'd he's's
.
. . .
...
' " ` `` ```
word'''.split("\n")
PIECES = ("a I word can not cannot CAN d 'ye gimme Gonna gotta lemme more'n wanna ' '' ''' \" \"\" ` `` ``` 's 'S 'm 'd 'D 'll 'LL 'Ll 're 've n't N'T don't 'tis 'Twas . .. ... . "
          ", ,, : :: 1 3.5 12,000 1:30 « » “ ” ‘ ’ „ ( ) [ ] { } < > ; @ # $ % & ? ! * - -- --- – — ‒ / _ \\ + = é ß 日本 ж € … 😀 u.s. a=b&c St. O'Neil s' s t m").split(" ")
BLANKS = [" ", " ", " ", "\n", "\t", "\u00a0"]


def sentences(text):
    begin = 0
    for m in END.finditer(text):
        yield text[begin:m.end()].strip()
        begin = m.end()
    yield text[begin:].strip()


def words(text):
    return [w for s in sentences(text) for w in NLTKWordTokenizer().tokenize(s)]


def grams(text, n):
    w = words(text)
    return collections.Counter(tuple(w[i:i + n]) for i in range(len(w) - n + 1))


def entropy(text):
    """compute_n_gram_entropy of MEMIT's eval_utils_counterfact.py (arithmetic mean), times 100."""
    h = []
    for n in (2, 3):
        c = np.array(list(grams(text, n).values()), float)
        h.append(float(-(c / c.sum() * np.log2(c / c.sum())).sum()) if len(c) else 0.0)
    return 100 * float(np.mean([h[0] * 2 / 3, h[1] * 4 / 3]))


def drawn(n, seed):
    rng = random.Random(seed)
    return ["".join(rng.choice(BLANKS if rng.random() < 0.25 else PIECES) for _ in range(rng.randint(4, 30))) for _ in range(n)]


def main():
    texts = TEXTS + [" ".join(TEXTS[i:i + 4]) for i in range(0, len(TEXTS), 4)] + drawn(60, 1)
    rows = [json.dumps({"text": t, "words": words(t), "entropy": entropy(t)}, ensure_ascii=False) for t in texts]
    (pathlib.Path(__file__).parent / "words.json").write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
