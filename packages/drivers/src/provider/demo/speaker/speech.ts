/** Which voices, languages and limits the speaker has, in words of its own. */

export const TEXT_MAX = 4096;
export const SPEED_MIN = 0.5;
export const SPEED_MAX = 2;
const WORDS_PER_MINUTE = 165;

const voices: Readonly<Record<string, string>> = { alto: "+f2", soprano: "+f4", tenor: "+m3", bass: "+m7", whisper: "+whisper" };

const languages: Readonly<Record<string, string>> = {
  en: "en-us",
  "en-gb": "en-gb",
  cs: "cs",
  da: "da",
  de: "de",
  es: "es",
  fi: "fi",
  fr: "fr",
  it: "it",
  nl: "nl",
  no: "nb",
  pl: "pl",
  pt: "pt-br",
  sv: "sv",
  tr: "tr",
};

export const voiceNames = Object.keys(voices);
export const languageNames = Object.keys(languages);

export interface Speech {
  readonly text: string;
  readonly voice: string;
  readonly language: string;
  readonly speed: number;
}

/** A sentence that says what cannot be spoken, or null. */
export function faultOf({ text, voice, language, speed }: Speech): string | null {
  if (text.trim() === "") return "There is no text to speak.";
  if (text.length > TEXT_MAX) return `The text is longer than ${TEXT_MAX} characters.`;
  if (!Object.hasOwn(voices, voice)) return `There is no voice "${voice.slice(0, 40)}"; there are ${voiceNames.join(", ")}.`;
  if (!Object.hasOwn(languages, language)) return `There is no language "${language.slice(0, 40)}"; there are ${languageNames.join(", ")}.`;
  if (!(speed >= SPEED_MIN && speed <= SPEED_MAX)) return `The speed must lie between ${SPEED_MIN} and ${SPEED_MAX}.`;
  return null;
}

/** What the engine is told besides the text. */
export const flagsFor = ({ voice, language, speed }: Speech): readonly string[] => [
  "-b",
  "1",
  "-v",
  `${languages[language]}${voices[voice]}`,
  "-s",
  String(Math.round(WORDS_PER_MINUTE * speed)),
];

/** To the engine, double brackets hold phonemes and some characters end the text. */
export const plain = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll("[[", "[ [")
    // oxlint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, " ");
