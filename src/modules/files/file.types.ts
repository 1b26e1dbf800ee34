import type { Actor } from '../auth/index.js';

/** Determines the size limit and the folder of a file. */
export type FileKind = 'image' | 'audio' | 'video' | 'other';

/**
 * - `uploading`: a row without bytes; removed after a crash
 * - `ready`: stored and available
 * - `removing`: hidden until its bytes are deleted
 */
export type FileState = 'uploading' | 'ready' | 'removing';

/** The uploading actor. Services have no quota. */
export type Uploader = Pick<Actor, 'kind' | 'id'>;

/** Result of checking an uploaded file before it is stored. */
export interface CheckedContent {
  /** Sanitized name. */
  name: string;
  sizeBytes: number;
  mimeType: string;
  kind: FileKind;
  /** Without the dot; from the content, never from the name. */
  extension: string;
  /** Pixels; null unless the file is an image that browsers display. */
  width: number | null;
  height: number | null;
}

/** A checked upload in the staging folder. */
export interface CheckedUpload extends CheckedContent {
  tempPath: string;
}

/** Both ends inclusive, as in HTTP. */
export interface ByteRange {
  first: number;
  last: number;
}

/** Upload states, numbered as in the connector's contract. */
export const READY_STATE = { notAvailable: 0, uploading: 1, ready: 2 } as const;
export type ReadyState = (typeof READY_STATE)[keyof typeof READY_STATE];
