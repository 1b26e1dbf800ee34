import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import createBusboy, { type Busboy } from 'busboy';
import { multipartInvalid, notMultipart, requestTooLarge, tooManyFiles, uploadIncomplete } from '../file.errors.js';

/** A file part of a form. Its content must be read to the end. */
export interface FormFile {
  /** The name of the form's field. */
  field: string;
  /** The file name given by the client. */
  name: string | undefined;
  type: string;
  content: Readable;
}

export interface FormLimits {
  maxFiles: number;
  /** Bytes of the whole request. */
  maxBytes: number;
  maxFields?: number;
  /** Bytes of one text field. */
  maxFieldBytes?: number;
}

/** The text fields of a form; a repeated field is a list. */
export type FormFields = Record<string, string | string[]>;

const MAX_FIELDS = 10;
const MAX_FIELD_BYTES = 65_536;
const MAX_NAME_BYTES = 200;
/** RFC 2046, section 5.1.1. */
const MAX_BOUNDARY_CHARS = 70;

/**
 * Reads a `multipart/form-data` request as a stream, one file after the other, and always to its end, since a client that is
 * still sending does not read the response. Files are not buffered.
 *
 * @param take called with each file. After a failure the remaining files are discarded
 * @returns the text fields
 * @throws DomainError invalid `file.not_multipart`, `file.multipart_invalid`, `file.too_many`, `file.request_too_large`,
 *   `file.upload_incomplete`; the first error of `take`
 */
export async function readForm(
  request: IncomingMessage,
  limits: FormLimits,
  take: (file: FormFile) => Promise<void>,
): Promise<FormFields> {
  if (Number(request.headers['content-length']) > limits.maxBytes) throw refuseUnread(request, limits.maxBytes);
  const form = new FormReader(openForm(request, limits), limits, take);
  const fault = await feed(request, form, limits.maxBytes);
  if (fault) form.fail(fault);
  return form.finish();
}

/** Parser state of a form. Parsing stops at the first error. */
class FormReader {
  private readonly fields: FormFields = Object.create(null) as FormFields;
  private readonly taking: Promise<void>[] = [];
  private fault: Error | undefined;
  /** Called with the first fault. */
  onFault: (fault: Error) => void = () => undefined;

  constructor(
    readonly busboy: Busboy,
    { maxFiles, maxFields = MAX_FIELDS, maxFieldBytes = MAX_FIELD_BYTES }: FormLimits,
    private readonly take: (file: FormFile) => Promise<void>,
  ) {
    busboy.on('file', (field, content, { filename, mimeType }) =>
      this.readFile({ field: field ?? '', name: filename, type: mimeType, content }),
    );
    busboy.on('field', (name, value, { nameTruncated, valueTruncated }) => {
      if (valueTruncated) this.fail(multipartInvalid(`a field must be at most ${maxFieldBytes} bytes`, 'bytes'));
      if (nameTruncated || Buffer.byteLength(name ?? '') > MAX_NAME_BYTES) {
        return this.fail(multipartInvalid(`a field name must be at most ${MAX_NAME_BYTES} bytes`, 'bytes'));
      }
      this.addField(name ?? '', value);
    });
    busboy.on('filesLimit', () => this.fail(tooManyFiles(maxFiles)));
    busboy.on('fieldsLimit', () => this.fail(multipartInvalid(`it must have at most ${maxFields} fields`, 'fields')));
    busboy.on('partsLimit', () =>
      this.fail(multipartInvalid(`it must have at most ${maxFiles + maxFields} parts`, 'fields')),
    );
  }

  fail(fault: Error): void {
    if (this.fault) return;
    this.fault = fault;
    this.onFault(fault);
  }

  /** @throws the first error, after all files have settled */
  async finish(): Promise<FormFields> {
    await Promise.all(this.taking);
    if (this.fault) throw this.fault;
    return { ...this.fields };
  }

  private readFile(file: FormFile): void {
    if (file.type.startsWith('multipart/')) this.fail(multipartInvalid('nested forms are not supported'));
    // The form reports truncation; an unhandled `error` event of the part would end the process.
    file.content.on('error', () => undefined);
    if (this.fault) return void file.content.resume();
    this.taking.push(
      this.take(file).then(
        () => void file.content.resume(),
        (error: Error) => {
          // A truncated part means a truncated form, which reports the actual cause.
          if (!file.content.errored) this.fail(error);
          file.content.resume();
        },
      ),
    );
  }

  private addField(name: string, value: string): void {
    const before = this.fields[name];
    this.fields[name] = before === undefined ? value : [before, value].flat();
  }
}

function openForm(request: IncomingMessage, limits: FormLimits): Busboy {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type)) throw notMultipart();
  const [, quoted, plain = ''] = /boundary=(?:"([^"]*)"|([^\s;,]*))/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === '') throw notMultipart();
  if (boundary.length > MAX_BOUNDARY_CHARS) {
    throw multipartInvalid(`its boundary must be at most ${MAX_BOUNDARY_CHARS} characters`);
  }
  const { maxFiles, maxFields = MAX_FIELDS, maxFieldBytes = MAX_FIELD_BYTES } = limits;
  try {
    return createBusboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: {
        files: maxFiles,
        fields: maxFields,
        // The limit also counts parts that are neither a file nor a field, and triggers at the part that reaches it.
        parts: maxFiles + maxFields + 1,
        fieldSize: maxFieldBytes,
        fieldNameSize: MAX_NAME_BYTES,
      },
    });
  } catch {
    throw notMultipart();
  }
}

/** Closes the connection after the response instead of reading the rest of the request. */
function refuseUnread(
  request: IncomingMessage & { res?: { setHeader(name: string, value: string): void } },
  limit: number,
) {
  request.res?.setHeader('connection', 'close');
  return requestTooLarge(limit);
}

/**
 * Feeds a request to the form parser in blocks. Unlike a pipeline it keeps the connection open when the parser fails, so that the
 * error response can be sent. Chunks that arrive together are parsed as one block; the event loop runs between blocks.
 *
 * @returns the error of the form, after the request has ended or closed
 */
function feed(request: IncomingMessage, form: FormReader, maxBytes: number): Promise<Error | undefined> {
  const { busboy } = form;
  return new Promise((resolve) => {
    let bytes = 0;
    let isBlocked = false;
    let isStopped = false;
    const pull = () => {
      if (isBlocked || isStopped) return;
      const block = request.read() as Buffer | null;
      if (block === null) return;
      bytes += block.length;
      if (bytes > maxBytes) return giveUp(refuseUnread(request, maxBytes));
      if (busboy.write(block)) return;
      isBlocked = true;
      busboy.once('drain', () => {
        isBlocked = false;
        pullSoon();
      });
    };
    const pullSoon = () => void setImmediate(pull);
    // The rest of a rejected form is received but not parsed.
    const stop = (fault: Error) => {
      isStopped = true;
      request.off('readable', pullSoon);
      request.resume();
      busboy.destroy(fault);
    };
    const giveUp = (fault: Error) => {
      stop(fault);
      resolve(fault);
    };
    const refuse = (fault: Error) => {
      if (request.readableEnded || request.destroyed) return giveUp(fault);
      request.once('end', () => resolve(fault));
      stop(fault);
    };
    form.onFault = refuse;
    busboy.on('error', (error: Error) => isStopped || refuse(toFormError(error)));
    busboy.once('finish', () => resolve(undefined));
    request.once('close', () => {
      // Also for a request that has arrived completely: unread bytes are lost with the connection.
      if (!request.readableEnded) giveUp(uploadIncomplete());
    });
    request.once('end', () => isStopped || busboy.end());
    request.on('readable', pullSoon);
  });
}

/** Maps errors of the parser. */
function toFormError(error: Error): Error {
  if (error.name === 'DomainError') return error;
  return error.message === 'Malformed part header' ? multipartInvalid('malformed part header') : uploadIncomplete();
}
