/** Figures, times and plurals, for the locale of the catalogue. Pure: the time zone is the reader's, or the one given. */
export function createFormats(locale: string, timeZone?: string) {
  const zone = timeZone === undefined ? {} : { timeZone };
  const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const signed = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, signDisplay: "exceptZero" });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const seconds = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const plurals = new Intl.PluralRules(locale);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "narrow" });
  const date = new Intl.DateTimeFormat(locale, { ...zone, day: "numeric", month: "short", year: "numeric" });
  const dayThisYear = new Intl.DateTimeFormat(locale, { ...zone, weekday: "long", day: "numeric", month: "long" });
  const dayOtherYear = new Intl.DateTimeFormat(locale, { ...zone, day: "numeric", month: "long", year: "numeric" });
  const moment = new Intl.DateTimeFormat(locale, { ...zone, day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  const dayKey = new Intl.DateTimeFormat("en-CA", { ...zone, year: "numeric", month: "2-digit", day: "2-digit" });

  return {
    integer: (value: number) => integer.format(value),
    signed: (value: number) => signed.format(value).replace("-", "\u2212"),
    percent: (value: number) => percent.format(value),
    date: (iso: string) => date.format(new Date(iso)),
    moment: (iso: string) => moment.format(new Date(iso)),

    /** "2026-11-24": equal for two times of one day where the reader is. */
    dayKey: (iso: string) => dayKey.format(new Date(iso)),

    day: (iso: string, now: Date) => {
      const year = (value: Date) => dayKey.format(value).slice(0, 4);
      const then = new Date(iso);
      return (year(then) === year(now) ? dayThisYear : dayOtherYear).format(then);
    },

    plural: (count: number, forms: Readonly<{ one: string; other: string }>) =>
      `${integer.format(count)} ${plurals.select(count) === "one" ? forms.one : forms.other}`,

    /** "now", "4 min. ago", "yesterday"; a plain date once it is older than a week. */
    ago: (iso: string, now: Date) => {
      const elapsed = (now.getTime() - new Date(iso).getTime()) / 1000;
      if (elapsed < 45) return relative.format(0, "second");
      if (elapsed < 45 * 60) return relative.format(-Math.round(elapsed / 60), "minute");
      if (elapsed < 22 * 3600) return relative.format(-Math.round(elapsed / 3600), "hour");
      if (elapsed < 7 * 86_400) return relative.format(-Math.round(elapsed / 86_400), "day");
      return date.format(new Date(iso));
    },

    /** "0.8 s", "42 s", "3 min 5 s". */
    duration: (milliseconds: number) => {
      const rounded = Math.round(milliseconds / 1000);
      if (milliseconds < 9950) return `${seconds.format(milliseconds / 1000)} s`;
      if (rounded < 60) return `${integer.format(rounded)} s`;
      const rest = rounded % 60;
      return rest === 0 ? `${integer.format(rounded / 60)} min` : `${integer.format(Math.floor(rounded / 60))} min ${rest} s`;
    },

    /** "0:04", "12:30": how far one is in a film or a sound, or how long it is. */
    clock: (milliseconds: number) => {
      const whole = Math.round(milliseconds / 1000);
      return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
    },

    bytes: (value: number) => {
      if (value < 1000) return `${integer.format(value)} B`;
      if (value < 1_000_000) return `${integer.format(value / 1000)} kB`;
      return `${seconds.format(value / 1_000_000)} MB`;
    },
  };
}
