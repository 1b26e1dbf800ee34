import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import createBusboy, { type Busboy } from 'busboy';
import { multipartInvalid, notMultipart, requestTooLarge, tooManyFiles, uploadIncomplete } from '../file.errors.js';

/** A file of a form, to be read to its end. */
export interface FormFile {
  /** The name of the form's field. */
  field: string;
  /** The name that the sender gives the file. */
  name: string | undefined;
  type: string;
  content: Readable;
}

export interface FormLimits {
  maxFiles: number;
  /** Bytes of the whole request. */
  maxBytes: number;
  maxFields?: number;
  /** Bytes of one field that is no file. */
  maxFieldBytes?: number;
}

/** The fields of a form that are no files; one that is repeated is a list. */
export type FormFields = Record<string, string | string[]>;

const MAX_FIELDS = 10;
const MAX_FIELD_BYTES = 65_536;
const MAX_NAME_BYTES = 200;
/** RFC 2046, section 5.1.1. */
const MAX_BOUNDARY_CHARS = 70;

/**
 * Reads a `multipart/form-data` request as it comes, one file after the other, and always to its end: a client that is still
 * sending would not see the answer. Files stream through `take`; of them nothing is kept here.
 *
 * @param take is handed each file. When it fails for one, the files after it are not looked at any more
 * @returns the other fields
 * @throws DomainError invalid `file.not_multipart`, `file.multipart_invalid`, `file.too_many`, `file.request_too_large`,
 *   `file.upload_incomplete`; the first thing that `take` throws
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

/** What has come of a form so far. The first fault decides; after it nothing is parsed any more. */
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
      if (valueTruncated) this.fail(multipartInvalid(`a field may have ${maxFieldBytes} bytes at most`, 'bytes'));
      if (nameTruncated || Buffer.byteLength(name ?? '') > MAX_NAME_BYTES) {
        return this.fail(multipartInvalid(`the name of a field may have ${MAX_NAME_BYTES} bytes at most`, 'bytes'));
      }
      this.addField(name ?? '', value);
    });
    busboy.on('filesLimit', () => this.fail(tooManyFiles(maxFiles)));
    busboy.on('fieldsLimit', () => this.fail(multipartInvalid(`it may have ${maxFields} fields at most`, 'fields')));
    busboy.on('partsLimit', () =>
      this.fail(multipartInvalid(`it may have ${maxFiles + maxFields} parts at most`, 'fields')),
    );
  }

  fail(fault: Error): void {
    if (this.fault) return;
    this.fault = fault;
    this.onFault(fault);
  }

  /** @throws the first fault, once nothing is under way any more */
  async finish(): Promise<FormFields> {
    await Promise.all(this.taking);
    if (this.fault) throw this.fault;
    return { ...this.fields };
  }

  private readFile(file: FormFile): void {
    if (file.type.startsWith('multipart/')) this.fail(multipartInvalid('a form within a form is not read'));
    // The reader tells of a form that breaks off; without a listener the part's own word of it would end the process.
    file.content.on('error', () => undefined);
    if (this.fault) return void file.content.resume();
    this.taking.push(
      this.take(file).then(
        () => void file.content.resume(),
        (error: Error) => {
          // A part that breaks off does so since the form does, which knows better why.
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
    throw multipartInvalid(`its boundary may have ${MAX_BOUNDARY_CHARS} characters at most`);
  }
  const { maxFiles, maxFields = MAX_FIELDS, maxFieldBytes = MAX_FIELD_BYTES } = limits;
  try {
    return createBusboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: {
        files: maxFiles,
        fields: maxFields,
        // The limit is met at the end of the part that reaches it, also of one that is neither a file nor a field.
        parts: maxFiles + maxFields + 1,
        fieldSize: maxFieldBytes,
        fieldNameSize: MAX_NAME_BYTES,
      },
    });
  } catch {
    throw notMultipart();
  }
}

/** The caller is not asked for bytes that nobody wants: the connection ends with the answer. */
function refuseUnread(
  request: IncomingMessage & { res?: { setHeader(name: string, value: string): void } },
  limit: number,
) {
  request.res?.setHeader('connection', 'close');
  return requestTooLarge(limit);
}

/**
 * Hands a request to the form's reader, a block at a time. Unlike a pipeline this leaves the connection open when the reader
 * fails, so that the sender can be told why; and what has come in one moment, however many chunks it came in, is parsed as one
 * block, between two of which the event loop goes on.
 *
 * @returns what was wrong with the form, once all of it has come or nothing more will
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
    // A form that is refused costs no more than its bytes: the rest of it is received, and not parsed.
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
      // Also of a request that has come as a whole: what of it was not read yet is gone with the connection.
      if (!request.readableEnded) giveUp(uploadIncomplete());
    });
    request.once('end', () => isStopped || busboy.end());
    request.on('readable', pullSoon);
  });
}

/** The words of the form's reader in ours. */
function toFormError(error: Error): Error {
  if (error.name === 'DomainError') return error;
  return error.message === 'Malformed part header'
    ? multipartInvalid('the head of a part cannot be read')
    : uploadIncomplete();
}
