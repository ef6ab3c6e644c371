import type { Database } from '../db/database.ts';
import { type OtherNodes, otherNodes, settleFolder } from './folder-owners.ts';
import type { FolderPlace } from './index-folder.ts';
import type { Session } from './session-choice.ts';
import { findSessions, folderKey, type SessionFolder } from './session-store.ts';
import { inTransaction } from './stream-lock.ts';

export interface StoredSessions {
  nodeAlias: string;
  /** The number of a session that is begun now. */
  nextSessionNo: number;
  sessions: Session[];
  /** With those of other nodes whose objects there are the same. */
  allSessions: Session[];
  /** The nodes with recordings in a folder of this name, where none of them is of this one. */
  others: readonly string[] | null;
}

/** The sessions of a folder that are indexed, of its own node or of one whose objects there are the same. */
export async function storedSessions(
  database: Database,
  folder: SessionFolder,
  place: FolderPlace | undefined,
): Promise<StoredSessions> {
  const others = place
    ? await settleFolder(database, place.places, folder, place.name)
    : await anyNodes(database, folder);
  const folders = [folder.nodeAlias, ...others.sharing].map((nodeAlias) => ({ ...folder, nodeAlias }));
  const found = await inTransaction(database.db, (trx) => findSessions(trx, folders));
  // One name may have recordings of the same path in several storages: those of others are no sessions of this folder.
  const isHere = (session: Session) => !place?.places.isElsewhere(session.place, place.name);
  const sessionsOf = (each: SessionFolder) => (found.get(folderKey(each)) ?? []).filter(isHere);
  const numberOf = (each: SessionFolder) =>
    (found.get(folderKey(each)) ?? []).reduce((next, { sessionNo }) => Math.max(next, sessionNo + 1), 0);
  const own = folders.find((each) => sessionsOf(each).length > 0);
  if (!own) {
    const nextSessionNo = numberOf(folder);
    const none = { sessions: [], allSessions: [], others: others.all };
    return { nodeAlias: folder.nodeAlias, nextSessionNo, ...none };
  }
  return {
    nodeAlias: own.nodeAlias,
    nextSessionNo: numberOf(own),
    sessions: sessionsOf(own),
    allSessions: folders.flatMap(sessionsOf),
    others: null,
  };
}

async function anyNodes(database: Database, folder: SessionFolder): Promise<OtherNodes> {
  const all = await otherNodes(database, folder);
  return { sharing: all, all };
}
