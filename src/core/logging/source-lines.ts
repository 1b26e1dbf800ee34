import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, resolve, sep } from 'node:path';

/**
 * Has the stacks of errors name the lines of our sources, as `node --enable-source-maps` does. That flag reads the map of each file
 * as it is loaded, those of all packages too, and is a good part of a start; here a map is read when an error first passes through
 * its file.
 *
 * @param folder holds the compiled files, and their maps
 */
export function showSourceLines(folder: string): void {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (file: string): SourceMap | undefined => {
    if (!maps.has(file)) maps.set(file, readMap(file));
    return maps.get(file);
  };
  Error.prepareStackTrace = (error, sites) => {
    const lines = sites.map((site) => {
      const file = site.getFileName();
      const map = file?.startsWith(`${folder}${sep}`) ? mapOf(file) : undefined;
      return `\n    at ${map ? placeInSource(site, file!, map) : String(site)}`;
    });
    return headOf(error) + lines.join('');
  };
}

function placeInSource(site: NodeJS.CallSite, file: string, map: SourceMap): string {
  const [line, column] = [site.getLineNumber() ?? 1, site.getColumnNumber() ?? 1];
  const found = map.findEntry(line - 1, column - 1);
  if (!('originalSource' in found)) return String(site);
  const source = resolve(dirname(file), found.originalSource);
  const place = `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  return String(site).replace(`${file}:${line}:${column}`, () => place);
}

/** Without a map that can be read, a stack names the lines of the file itself. */
function readMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')) as SourceMapPayload);
  } catch {
    return undefined;
  }
}

/** Whatever was thrown, a stack can be had of it. */
function headOf(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}
