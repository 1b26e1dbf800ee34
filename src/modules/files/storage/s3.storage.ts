import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { ByteRange } from '../file.types.js';
import { FileStorage, type LocalFile, MissingObjectError } from './file-storage.js';

const PUT_TRIES = 3;
/** Each download holds a socket until it ends; the client's default of 50 is too low. */
const MAX_SOCKETS = 1000;

const ignore = (): void => undefined;
const QUIET = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

export interface S3Options {
  bucket: string;
  region: string;
  /** Default: AWS. */
  endpoint?: string;
  /** Default: the AWS credential chain. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** Stores files in a bucket of an S3-compatible store. One request stores a file, so partial objects are never visible. */
export class S3Storage extends FileStorage implements OnApplicationShutdown {
  private readonly client: S3Client;
  private readonly bucket: string;

  constructor({ bucket, region, endpoint, credentials }: S3Options) {
    super();
    this.bucket = bucket;
    this.client = new S3Client({
      region,
      endpoint,
      credentials,
      forcePathStyle: endpoint !== undefined,
      // Most stores other than AWS do not support the client's default checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      logger: QUIET, // the default logs each attempt to the console
      requestHandler: {
        connectionTimeout: 5000,
        socketTimeout: 60_000,
        httpAgent: { maxSockets: MAX_SOCKETS },
        httpsAgent: { maxSockets: MAX_SOCKETS },
      },
    });
  }

  /** Retries here, since the client cannot rewind a stream. */
  async put(key: string, { path, sizeBytes }: LocalFile, contentType: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      const body = createReadStream(path);
      try {
        const object = {
          Bucket: this.bucket,
          Key: key,
          Body: body,
          ContentLength: sizeBytes,
          ContentType: contentType,
        };
        await this.client.send(new PutObjectCommand(object));
        return;
      } catch (error) {
        if (tries === PUT_TRIES || isRefusal(error)) throw error;
      } finally {
        body.destroy();
      }
    }
  }

  async open(key: string, range?: ByteRange): Promise<Readable> {
    const Range = range && `bytes=${range.first}-${range.last}`;
    try {
      const object = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key, Range }));
      const bytes = object.Body as Readable;
      if (!range || object.ContentLength === range.last - range.first + 1) return bytes;
      bytes.destroy();
      throw new Error(`the store has sent other bytes of ${key} than were asked for`);
    } catch (error) {
      throw (error as Error).name === 'NoSuchKey' ? new MissingObjectError(key) : error;
    }
  }

  async delete(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
  }

  async check(): Promise<void> {
    await this.client.send(new HeadBucketCommand({ Bucket: this.bucket }));
  }

  onApplicationShutdown(): void {
    this.client.destroy();
  }
}

/** Whether the store has rejected the request, so that a retry is useless. */
function isRefusal(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}
