import { CONFIG_ROOT, isTableListNode, isTableNode, joinPath, type SchemaNode } from './schema-node.ts';

const INTRODUCTION = `# Liveman's settings. Each key is shown with its default or an example and is commented out: remove the
# mark in front of the keys you change. Files of upstream's liveman can be used as they are.
`;

/** The text of resources/liveman.example.toml. */
export function exampleToml(): string {
  const sections = Object.entries(CONFIG_ROOT.properties ?? {}).map(([name, node]) =>
    exampleTable(name, node),
  );
  return `${[INTRODUCTION, ...sections].join('\n')}`;
}

/** A table with its keys, then the tables in it. Optional tables and lists are commented out as a whole. */
function exampleTable(path: string, node: SchemaNode): string {
  const isList = isTableListNode(node);
  const properties = Object.entries((isList ? node.items?.properties : node.properties) ?? {});
  const keys = properties.filter(([, child]) => !isTableNode(child) && !isTableListNode(child));
  const tables = properties.filter(([, child]) => isTableNode(child) || isTableListNode(child));
  const lines: string[] = node.description ? [comment(node.description)] : [];
  if (keys.length > 0)
    lines.push(isList ? `#[[${path}]]` : isOptionalTable(path) ? `#[${path}]` : `[${path}]`);
  for (const [key, child] of keys) {
    lines.push(comment(describeKey(child)), `#${key} = ${toToml(child.example ?? child.default)}`);
  }
  const own = keys.length > 0 ? `${lines.join('\n')}\n` : '';
  return [own, ...tables.map(([key, child]) => exampleTable(joinPath(path, key), child))]
    .filter((text) => text !== '')
    .join('\n');
}

function isOptionalTable(path: string): boolean {
  let node: SchemaNode | undefined = CONFIG_ROOT;
  for (const key of path.split('.')) {
    if (node && !(node.required ?? []).includes(key)) return true;
    node = node?.properties?.[key];
  }
  return false;
}

function describeKey(node: SchemaNode): string {
  const unit = node.unit ? ` In ${node.unit}.` : '';
  const isExample = node.example !== undefined;
  const isEmpty = node.default === '' || (Array.isArray(node.default) && node.default.length === 0);
  const usual = node.defaultText ?? (isExample && !isEmpty ? toToml(node.default) : undefined);
  return `${node.description ?? ''}${unit}${usual === undefined ? '' : ` Default: ${usual}.`}`;
}

/** Comment lines of at most 110 characters. */
function comment(text: string): string {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > 110) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}

/** The Markdown table of all keys for the README. */
export function readmeTable(): string {
  const rows = listKeys(CONFIG_ROOT, '').map(({ path, node }) => {
    const unit = node.unit ? `, ${node.unit}` : '';
    const usual = node.defaultText ?? `\`${toToml(node.default)}\``;
    return `| \`${path}\` | ${typeName(node)}${unit} | ${usual} | ${node.description ?? ''} |`;
  });
  return ['| Key | Type | Default | Meaning |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

interface KeyEntry {
  /** `nodes[].url`. */
  path: string;
  node: SchemaNode;
}

function listKeys(table: SchemaNode, path: string): KeyEntry[] {
  return Object.entries(table.properties ?? {}).flatMap(([key, node]) => {
    const child = joinPath(path, key);
    if (isTableNode(node)) return listKeys(node, child);
    if (isTableListNode(node)) return listKeys(node.items ?? {}, `${child}[]`);
    return [{ path: child, node }];
  });
}

function typeName(node: SchemaNode): string {
  if (node.enum) return node.enum.map((word) => `\`${word}\``).join(', ');
  const names = {
    string: 'text',
    integer: 'whole number',
    boolean: 'true, false',
    array: 'texts',
    object: 'table',
  };
  return names[node.type ?? 'string'];
}

function toToml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toToml).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
