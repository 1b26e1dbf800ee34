/** Codes of the notices that a bot sends instead of a reply. */
export const NOTICE_CODES = [
  'ai_busy',
  'ai_rate_limited',
  'ai_too_many_turns',
  'ai_day_of_turns',
  'ai_budget_exhausted',
  'ai_timeout',
  'ai_gave_up',
  'ai_unavailable',
  'ai_bad_configuration',
  'ai_context_too_long',
  'ai_empty_output',
  'ai_reset',
  'ai_safeguard',
] as const;
export type NoticeCode = (typeof NOTICE_CODES)[number];

/** The notices of a language. `{seconds}` and `{time}` are placeholders. */
type NoticeTexts = Readonly<Record<NoticeCode, string>>;

const en: NoticeTexts = {
  ai_busy: 'I still have several questions to answer here. Ask again when I have caught up.',
  ai_rate_limited: "I'm getting too many questions right now. Try again in {seconds} s.",
  ai_too_many_turns: "That's a lot of questions. Give me a minute, then ask again.",
  ai_day_of_turns: "You've asked as much as one person may in a day. Come back tomorrow.",
  ai_budget_exhausted: "Today's limit is used up; I'm back at {time} UTC.",
  ai_timeout: 'That took too long. Try again?',
  ai_gave_up: 'I was interrupted before I could answer. Could you ask again?',
  ai_unavailable: "I can't answer at the moment.",
  ai_bad_configuration: "I'm not set up correctly. My owner has been notified.",
  ai_context_too_long: 'This conversation is too long for me. Start over with /reset.',
  ai_empty_output: "I couldn't find an answer to that. Could you put it another way?",
  ai_reset: "I've forgotten what was said before. What is on your mind?",
  ai_safeguard: "I can't talk about that.",
};

const de: NoticeTexts = {
  ai_busy: 'Ich habe hier noch mehrere Fragen zu beantworten. Frag noch einmal, wenn ich nachgekommen bin.',
  ai_rate_limited: 'Ich bekomme gerade zu viele Fragen. Versuch es in {seconds} s noch einmal.',
  ai_too_many_turns: 'Das sind viele Fragen. Gib mir eine Minute und frag dann noch einmal.',
  ai_day_of_turns: 'Du hast so viel gefragt, wie eine Person an einem Tag darf. Komm morgen wieder.',
  ai_budget_exhausted: 'Das Limit für heute ist aufgebraucht; um {time} UTC bin ich wieder da.',
  ai_timeout: 'Das hat zu lange gedauert. Noch einmal versuchen?',
  ai_gave_up: 'Ich wurde unterbrochen, bevor ich antworten konnte. Fragst du noch einmal?',
  ai_unavailable: 'Ich kann im Moment nicht antworten.',
  ai_bad_configuration: 'Ich bin nicht richtig eingerichtet. Wer mich betreibt, weiß Bescheid.',
  ai_context_too_long: 'Dieses Gespräch ist zu lang für mich. Fang mit /reset von vorn an.',
  ai_empty_output: 'Darauf habe ich keine Antwort gefunden. Kannst du es anders sagen?',
  ai_reset: 'Ich habe vergessen, was bisher gesagt wurde. Worum geht es?',
  ai_safeguard: 'Darüber kann ich nicht sprechen.',
};

const es: NoticeTexts = {
  ai_busy: 'Todavía tengo varias preguntas que responder aquí. Vuelve a preguntar cuando me haya puesto al día.',
  ai_rate_limited: 'Estoy recibiendo demasiadas preguntas. Inténtalo de nuevo en {seconds} s.',
  ai_too_many_turns: 'Son muchas preguntas. Dame un minuto y vuelve a preguntar.',
  ai_day_of_turns: 'Has preguntado todo lo que una persona puede en un día. Vuelve mañana.',
  ai_budget_exhausted: 'El límite de hoy se ha agotado; vuelvo a las {time} UTC.',
  ai_timeout: 'Eso ha tardado demasiado. ¿Lo intentamos otra vez?',
  ai_gave_up: 'Me interrumpieron antes de poder responder. ¿Puedes preguntar otra vez?',
  ai_unavailable: 'Ahora mismo no puedo responder.',
  ai_bad_configuration: 'No estoy bien configurado. Mi responsable ya lo sabe.',
  ai_context_too_long: 'Esta conversación es demasiado larga para mí. Empieza de nuevo con /reset.',
  ai_empty_output: 'No he encontrado una respuesta. ¿Puedes decirlo de otra manera?',
  ai_reset: 'He olvidado lo que se dijo antes. ¿En qué estás pensando?',
  ai_safeguard: 'No puedo hablar de eso.',
};

const fr: NoticeTexts = {
  ai_busy: "J'ai encore plusieurs questions à traiter ici. Redemandez quand j'aurai rattrapé mon retard.",
  ai_rate_limited: 'Je reçois trop de questions en ce moment. Réessayez dans {seconds} s.',
  ai_too_many_turns: 'Cela fait beaucoup de questions. Donnez-moi une minute, puis redemandez.',
  ai_day_of_turns: "Vous avez posé autant de questions qu'une personne le peut en un jour. Revenez demain.",
  ai_budget_exhausted: 'La limite du jour est atteinte ; je serai de retour à {time} UTC.',
  ai_timeout: 'Cela a pris trop de temps. On réessaie ?',
  ai_gave_up: "J'ai été interrompu avant de pouvoir répondre. Pouvez-vous redemander ?",
  ai_unavailable: 'Je ne peux pas répondre pour le moment.',
  ai_bad_configuration: 'Je ne suis pas configuré correctement. Mon responsable est prévenu.',
  ai_context_too_long: 'Cette conversation est trop longue pour moi. Recommencez avec /reset.',
  ai_empty_output: "Je n'ai pas trouvé de réponse. Pouvez-vous le dire autrement ?",
  ai_reset: "J'ai oublié ce qui a été dit avant. De quoi voulez-vous parler ?",
  ai_safeguard: 'Je ne peux pas en parler.',
};

const ru: NoticeTexts = {
  ai_busy: 'Здесь мне ещё нужно ответить на несколько вопросов. Спросите снова, когда я с ними справлюсь.',
  ai_rate_limited: 'Сейчас ко мне слишком много вопросов. Попробуйте снова через {seconds} с.',
  ai_too_many_turns: 'Вопросов слишком много. Дайте мне минуту и спросите снова.',
  ai_day_of_turns: 'Вы задали столько вопросов, сколько можно за один день. Приходите завтра.',
  ai_budget_exhausted: 'Лимит на сегодня исчерпан; я вернусь в {time} UTC.',
  ai_timeout: 'Это заняло слишком много времени. Попробовать ещё раз?',
  ai_gave_up: 'Меня прервали, прежде чем я успел ответить. Спросите, пожалуйста, ещё раз.',
  ai_unavailable: 'Сейчас я не могу ответить.',
  ai_bad_configuration: 'Я неправильно настроен. Моему владельцу уже сообщили.',
  ai_context_too_long: 'Этот разговор для меня слишком длинный. Начните заново с /reset.',
  ai_empty_output: 'Я не нашёл на это ответа. Можете сказать иначе?',
  ai_reset: 'Я забыл, что говорилось раньше. О чём поговорим?',
  ai_safeguard: 'Я не могу об этом говорить.',
};

const zh: NoticeTexts = {
  ai_busy: '我在这里还有几个问题要回答，请等我处理完再问。',
  ai_rate_limited: '现在向我提问的人太多了。请在 {seconds} 秒后重试。',
  ai_too_many_turns: '你的问题有点多。请等一分钟再问。',
  ai_day_of_turns: '你今天的提问次数已用完。请明天再来。',
  ai_budget_exhausted: '今天的额度已用完；我会在 UTC {time} 回来。',
  ai_timeout: '花的时间太长了。要再试一次吗？',
  ai_gave_up: '我还没来得及回答就被中断了。请再问一次好吗？',
  ai_unavailable: '我现在无法回答。',
  ai_bad_configuration: '我的设置有误，已通知我的管理员。',
  ai_context_too_long: '这段对话对我来说太长了。请用 /reset 重新开始。',
  ai_empty_output: '我没有找到答案。能换一种说法吗？',
  ai_reset: '我已忘记之前说过的内容。你想聊什么？',
  ai_safeguard: '我不能谈论这个。',
};

/** By ISO 639-1 language code. English is the default. */
export const NOTICE_TEXTS: Readonly<Record<string, NoticeTexts>> = { en, de, es, fr, ru, zh };
