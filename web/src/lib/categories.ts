// Categories are paths (`sales/daily`): the tree that they make. Pure.

export interface Filed {
  name: string;
  category?: string;
}

/** A line of the tree as it is drawn: a category, or something in it. */
export type TreeLine<T> =
  | { kind: "category"; path: string; label: string; depth: number; count: number; open: boolean }
  | { kind: "item"; item: T; depth: number };

/** The levels of a category; `sales / daily/` is `sales/daily`. */
export function levels(category: string | undefined): string[] {
  return (category ?? "").split("/").map((level) => level.trim()).filter((level) => level !== "");
}

interface Node<T> {
  children: Map<string, Node<T>>;
  items: T[];
  count: number;
}

/** The tree, line by line: categories before what has none, each in order of its name. What is in a closed category is left out. */
export function treeLines<T extends Filed>(items: T[], closed: ReadonlySet<string>): TreeLine<T>[] {
  const root = empty<T>();
  for (const item of items) {
    let node = root;
    node.count += 1;
    for (const level of levels(item.category)) {
      const next = node.children.get(level) ?? empty<T>();
      node.children.set(level, next);
      next.count += 1;
      node = next;
    }
    node.items.push(item);
  }
  const lines: TreeLine<T>[] = [];
  const walk = (node: Node<T>, path: string, depth: number) => {
    for (const [label, child] of [...node.children].sort(([a], [b]) => a.localeCompare(b))) {
      const here = path === "" ? label : `${path}/${label}`;
      const open = !closed.has(here);
      lines.push({ kind: "category", path: here, label, depth, count: child.count, open });
      if (open) walk(child, here, depth + 1);
    }
    for (const item of [...node.items].sort((a, b) => a.name.localeCompare(b.name))) lines.push({ kind: "item", item, depth });
  };
  walk(root, "", 0);
  return lines;
}

/** Every category and every one above it, once, in order: what a field can complete. */
export function everyCategory(items: Filed[]): string[] {
  const found = new Set<string>();
  for (const { category } of items) {
    const path = levels(category);
    for (let length = 1; length <= path.length; length += 1) found.add(path.slice(0, length).join("/"));
  }
  return [...found].sort((a, b) => a.localeCompare(b));
}

function empty<T>(): Node<T> {
  return { children: new Map(), items: [], count: 0 };
}
