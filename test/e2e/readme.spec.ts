import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { compileFolder } from '../support/compile-folder.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { freePort, type RunningProgram, spawnNode } from '../support/processes.js';

const run = promisify(execFile);

/** The README's shell blocks, in order. */
const blocks = [...readFileSync('README.md', 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block);
const block = (start: string): string => blocks.find((text) => text.includes(start))!;

const curlVersion = /curl (\d+)\.(\d+)/.exec(spawnSync('curl', ['--version']).stdout?.toString() ?? '');
const hasCurl = curlVersion !== null && Number(curlVersion[1]) * 100 + Number(curlVersion[2]) >= 782; // knows --json
if (!hasCurl) process.stderr.write('Skipping the README commands: curl 7.82 or newer not found\n');

(hasCurl ? describe : describe.skip)('README commands on a fresh server', () => {
  let folder: string;
  let database: TestDatabase;
  let server: RunningProgram;
  let model: RunningProgram;
  let port: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-readme-'));
    database = await createTestDatabase();
    port = await freePort();
    const modelPort = await freePort();
    model = await startExample('model-server', { PORT: String(modelPort) });
    const env = {
      PORT: String(port),
      DATABASE_URL: database.url,
      NODE_ENV: 'development',
      REDIS_URL: '',
      OPENAI_BASE_URL: `http://localhost:${modelPort}/v1`,
    };
    server = spawnNode(resolve('dist/main.js'), [], { cwd: folder, env: { ...env, ROLES: undefined } });
    await server.waitUntilReady(/Parley is running/, 45_000); // generous, for a busy machine
  }, 60_000);

  afterAll(async () => {
    await Promise.all([server?.kill(), model?.kill()]);
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const startExample = async (name: string, env: Record<string, string>): Promise<RunningProgram> => {
    await compileFolder(join('examples', name), join(folder, name));
    const program = spawnNode(join(folder, name, `${name}.js`), [], { env });
    await program.waitUntilReady(/http:/);
    return program;
  };

  const shell = async (script: string): Promise<string> => {
    const { stdout } = await run('bash', ['-ec', script.replaceAll('localhost:3000', `localhost:${port}`)], {
      cwd: folder,
    });
    return stdout;
  };

  it('prints the file and the names of the generated secrets, but not their values', () => {
    expect(server.output).toMatch(/secrets\.json:\n +API_TOKEN, ADMIN_SECRET_KEY/);
    const secrets = JSON.parse(readFileSync(join(folder, '.data/secrets.json'), 'utf8')) as Record<string, string>;
    for (const secret of Object.values(secrets)) expect(server.output).not.toContain(secret);
  });

  it('listens on the loopback address only', async () => {
    expect(server.output).toContain(`Listening on 127.0.0.1, port ${port}`);
    const addresses = Object.values(networkInterfaces()).flatMap((all) => all!.filter(({ internal }) => !internal));
    for (const { address, family } of addresses) {
      if (family === 'IPv4') await expect(fetch(`http://${address}:${port}/health/live`)).rejects.toThrow();
    }
  });

  it('replies to a person over the Client API', async () => {
    expect(await shell(block('client-api/user'))).toContain('"You said: Hello"');
  });

  it('replies over the Platform API', async () => {
    expect(await shell(block('/v3/users'))).toContain('"You said: Soup?"');
  });

  it('streams an AI reply', async () => {
    const shown = await shell(block('"ai": {'));
    expect(shown).toMatch(/event: message\.delta\n[\s\S]*event: message\.created\n/);
  });

  it('lets the model call a tool', async () => {
    const script = block('"tools": [{').replace('npm run example:weather-tool', 'echo "$TOOL_SECRET"');
    const toolPort = await freePort();
    const shown = await shell(script.replace('localhost:4001', `localhost:${toolPort}`));
    const TOOL_SECRET = /whsec_\S+/.exec(shown)![0];
    const tool = await startExample('weather-tool', { TOOL_SECRET, PORT: String(toolPort) });
    try {
      // Polls instead of the fixed sleep.
      const isThere = 'curl -s -b ai-cookies.txt $API/v1/client-api/chat/$CHAT/messages | grep -q "I hear.*sunny"';
      const asking = block('weather in Oslo').replace('sleep 3', `until ${isThere}; do sleep 0.1; done`);
      expect(await shell(asking)).toContain('I hear: Oslo: 12 °C, sunny');
    } finally {
      await tool.kill();
    }
  });

  it.each(['platform', 'client', 'bot', 'admin', 'connector'])(
    'runs the first calls of the OpenAPI document %s',
    async (name) => {
      const document = await (await fetch(`http://localhost:${port}/docs/${name}.json`)).json();
      const { description } = (document as { info: { description: string } }).info;
      const script = /```sh\n([\s\S]*?)```/.exec(description)![1];
      await shell(script.replaceAll('curl -s', 'curl -sS --fail-with-body'));
    },
  );

  it('creates a bot', async () => {
    const script = block('admin-api/bot').replace('npm run example:echo-bot', 'echo "$BOT_KEY"');
    expect(await shell(script)).toMatch(/^[0-9a-z]{26}:[0-9a-f]{40}$/m);
  });
});
