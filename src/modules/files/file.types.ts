import type { Actor } from '../auth/index.js';

/** What decides the size limit of a file, and the folder it is kept in. */
export type FileKind = 'image' | 'audio' | 'video' | 'other';

/**
 * - `uploading`: a row without its bytes; what is left of it after a crash is removed
 * - `ready`: stored, and to be had
 * - `removing`: hidden from everybody, until its bytes are gone too
 */
export type FileState = 'uploading' | 'ready' | 'removing';

/** Who uploads. Operators are not counted: it is their disk. */
export type Uploader = Pick<Actor, 'kind' | 'id'>;

/** What became known of an uploaded file by looking into it, before it is stored. */
export interface CheckedContent {
  /** As people shall see it. */
  name: string;
  sizeBytes: number;
  mimeType: string;
  kind: FileKind;
  /** Without the dot; by the content, never by the name. */
  extension: string;
  /** In pixels; null unless it is a picture that browsers show. */
  width: number | null;
  height: number | null;
}

/** A checked upload that waits in the spool folder to be stored. */
export interface CheckedUpload extends CheckedContent {
  tempPath: string;
}

/** The last byte counts too, as in HTTP. */
export interface ByteRange {
  first: number;
  last: number;
}

/** How far a file has come, in the numbers of the connector's contract. */
export const READY_STATE = { notAvailable: 0, uploading: 1, ready: 2 } as const;
export type ReadyState = (typeof READY_STATE)[keyof typeof READY_STATE];
