import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { StorageSet } from '../storage/storage-set.ts';

/** The name of recordings that were found in a storage, where nothing tells the node. */
export const FOUND_NODE = 'storage';
/** The name of recordings of nodes that do not say who they are. */
export const NAMELESS_NODE = 'unknown';

/** The node that a report is of. */
export function reporterOf({ node_alias: alias }: { readonly node_alias: string }): string {
  return alias === '' ? NAMELESS_NODE : alias;
}

/**
 * What an object of another node with the same path is: the `same` object; the same under a `guessed` name, so that it
 * belongs to whoever claims it; or an `other` one, in another storage.
 */
export type PlaceRelation = 'same' | 'guessed' | 'other';

export interface NodePlacesOptions {
  readonly database: Database;
  /** The name of the store that a node records to now. */
  readonly placeOf: (alias: string) => string;
  /** Whether a storage of the configuration has this name; others may be one of those, reached by another way. */
  readonly isConfigured: (place: string) => boolean;
}

interface Known {
  isTold: boolean;
  places: Set<string>;
}

/** Where the nodes record and have recorded. A place is the name of a store. */
export class NodePlaces {
  readonly #noted = new Set<string>();

  constructor(private readonly options: NodePlacesOptions) {}

  /** As the configuration says. */
  static of(database: Database, storages: StorageSet): NodePlaces {
    return new NodePlaces({
      database,
      placeOf: (alias) => storages.ofNode(alias).store.name,
      isConfigured: (place) => storages.at(place) !== undefined,
    });
  }

  /** The name of the store that a node records to now. */
  placeOf(alias: string): string {
    return this.options.placeOf(alias);
  }

  /** Whether a recording that was seen in `place` is surely not one of `here`; elsewhere it may be reached by another name. */
  isElsewhere(place: string | null, here: string | null): boolean {
    return place !== null && here !== null && place !== here && this.options.isConfigured(place);
  }

  /** Writes down where a node records that has said so itself. */
  async tell(alias: string, place = this.placeOf(alias)): Promise<void> {
    if (alias !== NAMELESS_NODE && alias !== FOUND_NODE) await this.#note(alias, place, true);
  }

  /** Writes down under which name the recordings of a storage are indexed. */
  async guess(alias: string, place: string): Promise<void> {
    await this.#note(alias, place, false);
  }

  /** Whether the node itself has said that it is there. */
  async isTold(alias: string): Promise<boolean> {
    return (await this.#read([alias])).get(alias)?.isTold === true;
  }

  /** What recordings of these nodes are to one of the same path in `place`; null: what lies on a node alone. */
  async judge(aliases: readonly string[], place: string | null): Promise<Map<string, PlaceRelation>> {
    const known = await this.#read(aliases);
    return new Map(
      aliases.map((alias) => {
        const entry = known.get(alias) ?? { isTold: false, places: new Set() };
        return [alias, this.#relation(alias, entry, place)];
      }),
    );
  }

  /** Whether two nodes record, or have recorded, to one storage. */
  async isShared(alias: string, other: string): Promise<boolean> {
    if (alias === other) return true;
    const known = await this.#read([alias, other]);
    const places = (name: string) => new Set([...(known.get(name)?.places ?? []), this.placeOf(name)]);
    return [...places(alias)].some((place) => places(other).has(place));
  }

  /** Where a node has recorded before. */
  async formerPlaces(alias: string): Promise<string[]> {
    const places = (await this.#read([alias])).get(alias)?.places ?? [];
    return [...places].filter((place) => place !== this.placeOf(alias));
  }

  /** Where recordings of a node were seen, and whether they lie nowhere else. */
  async recordedIn(alias: string): Promise<{ names: Set<string>; isKnown: boolean }> {
    const rows = await this.options.database.db
      .selectFrom('node_places')
      .select(['place', 'is_told'])
      .where('node_alias', '=', alias)
      .execute();
    const names = new Set(rows.flatMap(({ place }) => (place === '' ? [] : place)));
    const isGuess = alias === FOUND_NODE || alias === NAMELESS_NODE;
    // Where only the node's name is known, its recordings lie where it records.
    const isVague = rows.length === 0 || rows.some(({ place }) => place === '');
    if (isVague && !isGuess) names.add(this.placeOf(alias));
    return { names, isKnown: !isVague || !isGuess };
  }

  /** Where the same folder is the recording of other nodes, so that objects there are theirs and not this node's. */
  async placesOfOthers(alias: string, dir: string): Promise<Set<string>> {
    const rows = await this.options.database.db
      .selectFrom('recordings')
      .select('node_alias')
      .distinct()
      .where('dir', '=', dir)
      .where('node_alias', '!=', alias)
      .execute();
    const places = new Set<string>();
    if (rows.length === 0) return places;
    const others = rows.map((row) => row.node_alias);
    const known = await this.#read([alias, ...others]);
    for (const other of others) {
      const { isTold, places: noted } = known.get(other) ?? { isTold: true, places: new Set<string>() };
      for (const place of noted) places.add(place);
      if (isTold || noted.size === 0) places.add(this.placeOf(other));
    }
    for (const own of [this.placeOf(alias), ...(known.get(alias)?.places ?? [])]) places.delete(own);
    return places;
  }

  #relation(alias: string, { isTold, places }: Known, place: string | null): PlaceRelation {
    const { isConfigured } = this.options;
    const isElsewhere = places.size === 0 || [...places].some((each) => !isConfigured(each));
    if (place === null) return !isTold && isElsewhere ? 'guessed' : 'other';
    const isHere = places.has(place) || !isConfigured(place);
    if (!isTold) return isHere || isElsewhere ? 'guessed' : 'other';
    return isHere || this.placeOf(alias) === place ? 'same' : 'other';
  }

  async #note(alias: string, place: string, isTold: boolean): Promise<void> {
    const key = `${alias}\0${place}\0${isTold}`;
    if (this.#noted.has(key)) return;
    await sql`
      insert into node_places as p (node_alias, place, is_told) values (${alias}, ${place}, ${isTold})
      on conflict (node_alias, place) do update set is_told = true where excluded.is_told and not p.is_told
    `.execute(this.options.database.db);
    this.#noted.add(key);
  }

  /** Those that are not written down are nodes, unless their name says otherwise. */
  async #read(aliases: readonly string[]): Promise<Map<string, Known>> {
    if (aliases.length === 0) return new Map();
    const rows = await this.options.database.db
      .selectFrom('node_places')
      .select(['node_alias', 'place', 'is_told'])
      .where('node_alias', 'in', [...aliases])
      .execute();
    return new Map(
      aliases.map((alias) => {
        const own = rows.filter((row) => row.node_alias === alias);
        const isTold =
          own.length === 0 ? alias !== FOUND_NODE && alias !== NAMELESS_NODE : own.some((row) => row.is_told);
        const places = own.flatMap(({ place }) => (place === '' ? [] : place));
        return [alias, { isTold, places: new Set(places) }];
      }),
    );
  }
}
