"""Says of assertions whether an application believes them: by the lines of Python that our documentation shows.

usage: believe.py DOCUMENT KEYS_URL ISSUER AUDIENCE

Reads assertions, one a line, and prints a line for each: the claims as JSON, or `refused` and why.
"""

import json
import re
import sys

document, keys, issuer, audience = sys.argv[1:]
text = open(document, encoding="utf-8").read()
snippet = re.search(r"```python\n(.*?)```", text, re.S).group(1)
for shown, real in [
    ("https://login.example.com/.well-known/gatehouse/jwks.json", keys),
    ('"https://login.example.com"', json.dumps(issuer)),
    ('"spc"', json.dumps(audience)),
]:
    if shown not in snippet:
        sys.exit(f"{document} does not show {shown}")
    snippet = snippet.replace(shown, real)
names = {}
exec(snippet, names)
for line in sys.stdin:
    try:
        print(json.dumps(names["who_asks"](line.strip())))
    except Exception as error:
        print("refused", type(error).__name__, error)
