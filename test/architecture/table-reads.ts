/**
 * The tables of other modules that a module reads in its statements, each with the reason why a call of the owner does not suffice.
 * Only tables of core and of modules of lower rank are possible.
 */
export const READS: Record<string, Record<string, string>> = {
  users: {
    deletion_tasks: 'an id is not given out again while its memberships are being deleted',
  },
  auth: {
    users: 'whether a bot or session is active is checked with its token, in one statement for each request',
  },
  bots: {
    users: 'a bot and its user are one profile; columns by userColumns()',
    bot_tokens: 'lists show the newest token; subquery by newestTokenOf()',
  },
  chats: {
    deletion_tasks: 'chats, histories and senders that are being deleted are hidden by isLiveChat() and isNotErased()',
    users: 'lists of members and the sender of a message come with their profiles; columns by userColumns()',
    bots: 'the sender of a message comes with its settings',
    bot_endpoints: 'a chat with a bot that has an endpoint becomes pending',
  },
  files: {
    deletion_tasks: 'files of chats that are being deleted are not served; condition of isLiveChat()',
    chats: 'files of chats that are being deleted are not served; condition of isLiveChat()',
    users: 'traces of a deleted owner are removed only when the id is free',
  },
  messages: {
    deletion_tasks: 'hides what is being deleted; condition of isLiveMessage()',
    chats: 'hides what is being deleted, by isLiveMessage(); pages of messages check access to the chat',
    chat_events: 'pages and the feed contain the events of the chat among its messages',
    members: 'a page contains what its reader may see: state, start of the history, read position',
    bots: 'a bot in privacy mode sees only messages that address it',
    users: 'repliers of a thread come with their profiles; messages of a deleted sender are erased',
    files: 'access to a file follows from access to its messages, checked for many files in one statement',
    file_uses: 'access to a file follows from access to its messages, checked for many files in one statement',
  },
  deliveries: {
    deletion_tasks: 'what is being deleted is not delivered again; condition of isLiveMessage()',
    users: 'the version of an endpoint includes the profile of its bot; backlogs close by the number of people',
    bot_tokens: 'the version of an endpoint includes the token of its bot',
    bots: 'the version of an endpoint includes the settings of its bot',
    bot_endpoints: 'a subscription belongs to an endpoint and is due by its generation',
    chats: 'a subscription is compared with the chat log',
    chat_events: 'entries of the log behind the cursor of a subscription',
    members: 'subscriptions begin and end with the memberships of their bots',
    messages: 'entries of the log behind the cursor of a subscription',
  },
  connector: {
    deletion_tasks: 'hides what is being deleted; condition of isLiveMessage()',
    users: 'messages of bots in a chat are counted for the limit per minute',
    bots: 'a session is stored only while its bot exists',
    bot_endpoints: 'missed and unread messages belong to the endpoint of the bot',
    chats: 'notices and unread messages depend on the kind and the start of the chat',
    members: 'unread messages are those since the bot joined',
    messages: 'missed and unread messages are listed without those that are deleted',
    subscriptions: 'unread messages are those behind the cursor',
  },
  ai: {
    deletion_tasks: 'runs of a bot that is being deleted are not listed',
    chats: 'a run is inserted only while its chat exists; FOR KEY SHARE, as a foreign key would',
    members: 'a stop of all runs of a chat reaches the bots that are members',
    bots: 'summaries of a deleted bot are removed only when the id is free',
  },
};

/** As READS, of modules of higher rank. */
export const UPWARD_READS: Record<string, Record<string, string>> = {
  chats: {
    messages:
      'lists of groups are filtered by unread messages and ordered by the newest one, in one statement with the page',
  },
};

/** Statements that change or lock rows of other modules, with the reason. */
export const FOREIGN_WRITES: Record<string, string> = {
  'chat_deletions.add_user_task':
    'inserts deletion tasks by addTasksFrom() of core, in one statement with the deletion',
  'delivery_removals.remove_subscriptions':
    'inserts deletion tasks by addTasksFrom() of core, in one statement with the deletion',
  'bot_tokens.lock_bot': 'tokens of a bot change one after the other; sent together with the change',
  'bots.lock': 'a bot and its user are locked and changed together',
  'chats.lock_user': 'chats of a person are counted and created one after the other',
  'subscriptions.lock_chats':
    'no bot joins or leaves while subscriptions are created; skips what ChatLog.lock() computes',
  'invariants.lock_chats': 'a repair sees no unfinished change of the chats; skips what ChatLog.lock() computes',
  'sockets.lock_endpoint': 'sessions of an endpoint change one after the other',
  'missed_messages.share_endpoint': 'sessions of an endpoint do not change while messages are recorded as missed',
};
