import { UsageError } from "./errors.ts";

export interface Bounds {
  /** Most entries in all, 1 or more. */
  readonly limit: number;
  /** Most entries of one owner, 1 or more. @default limit */
  readonly limitPerOwner?: number;
}

/** An entry that had to make room: its holder cancels what hangs on it. */
export interface Evicted<Key, Value> {
  readonly key: Key;
  readonly value: Value;
  readonly owner: string;
}

/**
 * A map that stays within its bounds and is fair about it. Every entry belongs to an owner, for instance the address
 * it was heard from. An owner at its own limit makes room with its own stalest entry; a full map makes room with the
 * stalest entry of the owner that holds most (of the one quiet longest, when several hold as many). So a flood from
 * one source never drives out what others hold. Stalest is what was set or touched least recently. Every operation
 * costs O(1); iteration goes in the order in which keys came in.
 */
export class BoundedMap<Key, Value> {
  readonly #limit: number;
  readonly #limitPerOwner: number;
  readonly #nodes = new Map<Key, Node<Key, Value>>();
  readonly #owners = new Map<string, Owner<Key, Value>>();
  /** Owners by how many entries they hold, the one quiet longest first. */
  readonly #holding: Ring<Owner<Key, Value>>[] = [];
  #most = 0;
  #evictions = 0;

  /** @throws UsageError `INVALID_LIMIT`. */
  constructor(bounds: Bounds) {
    this.#limit = checkedLimit(bounds.limit);
    this.#limitPerOwner = Math.min(this.#limit, checkedLimit(bounds.limitPerOwner ?? bounds.limit));
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** How many owners hold something. */
  get owners(): number {
    return this.#owners.size;
  }

  /** How many entries have had to make room so far. */
  get evictions(): number {
    return this.#evictions;
  }

  /** How many entries `owner` holds. */
  countOf(owner: string): number {
    return this.#owners.get(owner)?.count ?? 0;
  }

  /** The values that `owner` holds, the stalest first. */
  *heldBy(owner: string): Iterable<Value> {
    for (let node = this.#owners.get(owner)?.entries.first; node; node = node.after) yield node.value;
  }

  ownerOf(key: Key): string | undefined {
    return this.#nodes.get(key)?.owner.name;
  }

  has(key: Key): boolean {
    return this.#nodes.has(key);
  }

  get(key: Key): Value | undefined {
    return this.#nodes.get(key)?.value;
  }

  /**
   * Sets and touches. A key that is there keeps its owner, so that nobody can take an entry over and then drive it
   * out. Returns the entry that made room for a new key; never the new one.
   */
  set(key: Key, value: Value, owner: string): Evicted<Key, Value> | undefined {
    const known = this.#nodes.get(key);
    if (!known) return this.#add(key, value, owner);
    known.value = value;
    this.#touch(known);
    return undefined;
  }

  /** Makes an entry the freshest of its owner. Returns whether the key is there. */
  touch(key: Key): boolean {
    const node = this.#nodes.get(key);
    if (node) this.#touch(node);
    return node !== undefined;
  }

  /** Returns whether the key was there. */
  delete(key: Key): boolean {
    const node = this.#nodes.get(key);
    if (node) this.#remove(node);
    return node !== undefined;
  }

  clear(): void {
    this.#nodes.clear();
    this.#owners.clear();
    this.#holding.length = 0;
    this.#most = 0;
  }

  keys(): IterableIterator<Key> {
    return this.#nodes.keys();
  }

  *values(): IterableIterator<Value> {
    for (const node of this.#nodes.values()) yield node.value;
  }

  *[Symbol.iterator](): IterableIterator<[Key, Value]> {
    for (const [key, node] of this.#nodes) yield [key, node.value];
  }

  #add(key: Key, value: Value, name: string): Evicted<Key, Value> | undefined {
    const own = this.#owners.get(name);
    const crowded = own && own.count >= this.#limitPerOwner ? this.#evict(own) : undefined;
    const owner = this.#owners.get(name) ?? new Owner<Key, Value>(name);
    const node = new Node(key, value, owner);
    this.#owners.set(name, owner);
    this.#nodes.set(key, node);
    owner.entries.append(node);
    this.#recount(owner, owner.count + 1);
    if (crowded || this.#nodes.size <= this.#limit) return crowded;
    const largest = this.#holding[this.#most]?.first;
    return largest && this.#evict(largest);
  }

  #touch(node: Node<Key, Value>): void {
    node.owner.entries.remove(node);
    node.owner.entries.append(node);
    this.#recount(node.owner, node.owner.count);
  }

  #evict(owner: Owner<Key, Value>): Evicted<Key, Value> | undefined {
    const node = owner.entries.first;
    if (!node) return undefined;
    this.#remove(node);
    this.#evictions++;
    return { key: node.key, value: node.value, owner: owner.name };
  }

  #remove(node: Node<Key, Value>): void {
    this.#nodes.delete(node.key);
    node.owner.entries.remove(node);
    this.#recount(node.owner, node.owner.count - 1);
    if (node.owner.count === 0) this.#owners.delete(node.owner.name);
  }

  /** Puts the owner last among those that hold `count`. Counts change by one, so `#most` is never far off. */
  #recount(owner: Owner<Key, Value>, count: number): void {
    this.#holding[owner.count]?.remove(owner);
    owner.count = count;
    if (count > 0) {
      this.#holding[count] ??= new Ring();
      this.#holding[count].append(owner);
    }
    this.#most = Math.max(this.#most, count);
    while (this.#most > 0 && !this.#holding[this.#most]?.first) this.#most--;
  }
}

function checkedLimit(limit: number): number {
  if (limit >= 1 && (Number.isInteger(limit) || limit === Number.POSITIVE_INFINITY)) return limit;
  throw new UsageError("INVALID_LIMIT", `a limit is a whole number of at least 1, not ${limit}`);
}

interface Linked<Self> {
  before: Self | undefined;
  after: Self | undefined;
}

/** A doubly linked list that holds its links in its members. A member is in one list at most. */
class Ring<Member extends Linked<Member>> {
  first: Member | undefined;
  #last: Member | undefined;

  append(member: Member): void {
    member.before = this.#last;
    member.after = undefined;
    if (this.#last) this.#last.after = member;
    else this.first = member;
    this.#last = member;
  }

  remove(member: Member): void {
    if (member.before) member.before.after = member.after;
    else if (this.first === member) this.first = member.after;
    if (member.after) member.after.before = member.before;
    else if (this.#last === member) this.#last = member.before;
    member.before = undefined;
    member.after = undefined;
  }
}

class Node<Key, Value> implements Linked<Node<Key, Value>> {
  readonly key: Key;
  value: Value;
  readonly owner: Owner<Key, Value>;
  before: Node<Key, Value> | undefined;
  after: Node<Key, Value> | undefined;

  constructor(key: Key, value: Value, owner: Owner<Key, Value>) {
    this.key = key;
    this.value = value;
    this.owner = owner;
  }
}

class Owner<Key, Value> implements Linked<Owner<Key, Value>> {
  readonly name: string;
  readonly entries = new Ring<Node<Key, Value>>();
  count = 0;
  before: Owner<Key, Value> | undefined;
  after: Owner<Key, Value> | undefined;

  constructor(name: string) {
    this.name = name;
  }
}
