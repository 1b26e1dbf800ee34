/** A parsed call of Nest's logger. */
export interface LogCall {
  readonly message: string;
  /** The context that was passed to `new Logger(context)`. */
  readonly context?: string;
  /** An error, or only its stack. */
  readonly error?: Error | { readonly stack: string };
  readonly fields: Readonly<Record<string, unknown>>;
}

const STACK = /\n[ \t]+at /;

/**
 * Parses the arguments of Nest's call forms. The last text is the context in all of them:
 *
 *   log(message, context)              log(message, { chatId }, context)
 *   log({ chatId }, context)           error(error, context)
 *   error(message, stack, context)     error(message, error, context)
 */
export function readLogCall(message: unknown, extras: readonly unknown[]): LogCall {
  const rest = extras.filter((extra) => extra !== undefined);
  const context = isContext(rest.at(-1)) ? (rest.pop() as string) : undefined;
  const parts = [message, ...rest];
  const error = parts.find((part) => part instanceof Error) ?? toError(parts.findLast(isStack));
  const texts = parts.filter((part) => !isObject(part) && !isStack(part)).map(String);
  const fields = Object.assign({}, ...parts.filter((part) => isObject(part) && !(part instanceof Error)).map(toFields));
  return { message: texts.join(' ') || messageOf(error), context, error, fields };
}

const isObject = (part: unknown): part is object => typeof part === 'object' && part !== null;
const isStack = (part: unknown): part is string => typeof part === 'string' && STACK.test(part);
const isContext = (part: unknown) => typeof part === 'string' && !isStack(part);

const toError = (stack: string | undefined) => (stack === undefined ? undefined : { stack });
const toFields = (part: unknown) => (Array.isArray(part) ? { items: part } : part);
const messageOf = (error?: { message?: string; stack?: string }) =>
  error?.message ?? error?.stack?.split('\n', 1)[0] ?? '';
