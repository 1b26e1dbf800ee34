import { startClientApis, Caller } from './client-caller.js';
import { startApp } from '../../support/app.js';
it('dedup across chats and processes', async () => {
  const apis = await startClientApis();
  const second = await startApp({ DATABASE_URL: apis.settings.databaseUrl });
  const alice = await apis.signUp(); const bot = await apis.createBot();
  const chats: string[] = []; for (let i=0;i<4;i++) chats.push((await alice.post('/chat',{botId:bot.id})).body.id);
  const other = new Caller(`${second.url}/v1/client-api`, { cookie: alice.cookie });
  const counts: Record<string, number> = {};
  for (let r=0;r<60;r++) {
    const answers = await Promise.all([0,1,2,3,0,1,2,3].map((c,i)=> (i%2?alice:other).post('/chat/message',{chatId:chats[c],body:'x'},{headers:{'idempotency-key':'k'+r}})));
    for (const {status} of answers) counts[status]=(counts[status]??0)+1;
  }
  console.log(counts);
  const bench = async (n: number, conc: number) => { let left=n; const t=performance.now(); await Promise.all(Array.from({length:conc},async()=>{while(left-->0) await alice.post('/chat/message',{chatId:chats[0],body:'hello'})})); return n/((performance.now()-t)/1000); };
  await bench(300,16); console.log('msg/s', await bench(1500,16));
  await second.close(); await apis.close();
}, 60000);
