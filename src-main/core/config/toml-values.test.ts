import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { findTextValues } from './toml-values.ts';

const FILE = `# token = "not this"
top = "a"
[auth]
tokens = [ "one", # "no"
  'two', """three
"quoted" \\"\\"\\" end""""",
]
secret="s" # trailing "words"
accounts = [{ username = "u", password = 'p#q' }, {password="r"}]

[[nodes]]
alias = "x" ; token = 1
`.replace(' ; token = 1', '');

const values = (text: string) =>
  Object.fromEntries(
    [...findTextValues(text)].map(([path, { end, start }]) => [path, text.slice(start, end)]),
  );

describe('findTextValues', () => {
  it('finds texts of every kind where they stand', () => {
    expect(values(FILE)).toEqual({
      top: '"a"',
      'auth.tokens[0]': '"one"',
      'auth.tokens[1]': "'two'",
      'auth.tokens[2]': '"""three\n"quoted" \\"\\"\\" end"""""',
      'auth.secret': '"s"',
      'auth.accounts[0].username': '"u"',
      'auth.accounts[0].password': "'p#q'",
      'auth.accounts[1].password': '"r"',
      'nodes[0].alias': '"x"',
    });
    expect(findTextValues(FILE).get('auth.secret')?.line).toBe(8);
  });

  it('counts lists of tables, and tables in them', () => {
    const text = '[[a]]\nx="1"\n[a.b]\ny="2"\n[[a]]\nx="3"\n[[a.c]]\nz="4"\n[[a.c]]\nz="5"\n"d.e".f = "6"\n';
    expect(values(text)).toEqual({
      'a[0].x': '"1"',
      'a[0].b.y': '"2"',
      'a[1].x': '"3"',
      'a[1].c[0].z': '"4"',
      'a[1].c[1].z': '"5"',
      'a[1].c[1].d.e.f': '"6"',
    });
  });

  it('ends for any text, and finds any text value that is written as TOML', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'[]{}"\'=.,#\n\\ab1 ') }), (text) => {
        for (const { end, start } of findTextValues(text).values()) expect(end).toBeGreaterThan(start);
      }),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab"\\\'#=[]{},\n\u00e4\u{1f511}\u0001') }),
        fc.string(),
        (secret, other) => {
          const text = `[a]\nb = ${JSON.stringify(other)}\n[[c]]\nd = { e = ${JSON.stringify(secret)} }\n`;
          const span = findTextValues(text).get('c[0].d.e');
          fc.pre(isToml(text));
          expect(span && text.slice(span.start, span.end)).toBe(JSON.stringify(secret));
        },
      ),
    );
  });
});

function isToml(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
