/** Does `work` while no other process that names the same file does; `onWait` is called once if one does. */
export function exclusively<T>(file: string, work: () => Promise<T> | T, onWait?: () => void): Promise<T>;

/** Whether no process of this machine has this number; false for what is no number of a process. */
export function isGone(pid: number): boolean;
