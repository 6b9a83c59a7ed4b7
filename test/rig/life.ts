/** A process that can be made to die on any line that waits for the world. */
export class Crash extends Error {
  constructor() {
    super("the process is dead");
    this.name = "Crash";
  }
}

export interface Death {
  /** The number of the call that it dies at, from 1. */
  readonly at: number;
  /** Before the call leaves, or after it was carried out and before its answer was read. */
  readonly when: "before" | "after";
}

/**
 * Counts every call that goes through the ports it was given, and dies at the one that was named: that call and every later
 * one throws, so that whatever the code does to recover, nothing of it reaches the world.
 */
export class Life {
  readonly calls: string[] = [];
  /** What the machine does when the process is gone, for example closing its connections. */
  onDeath = (): void => undefined;
  private dead = false;
  private readonly death: Death | null;

  constructor(death: Death | null) {
    this.death = death;
  }

  get isOver(): boolean {
    return this.dead;
  }

  /** The port as this process sees it. Calls that answer at once, and members that are no functions, pass. */
  lend<Port extends object>(name: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, member) => {
        const found: unknown = Reflect.get(target, member, target);
        if (typeof found !== "function") return found;
        return (...args: unknown[]): unknown => this.call(`${name}.${String(member)}`, () => Reflect.apply(found, target, args) as unknown);
      },
    });
  }

  private call(name: string, act: () => unknown): unknown {
    if (this.dead) throw new Crash();
    const number = this.calls.push(name);
    if (this.death?.at === number && this.death.when === "before") return this.die();
    const result = act();
    if (!(result instanceof Promise)) {
      this.calls.pop();
      return result;
    }
    return result.finally(() => {
      if (this.dead || (this.death?.at === number && this.death.when === "after")) return this.die();
    });
  }

  private die(): Promise<never> {
    if (!this.dead) {
      this.dead = true;
      this.onDeath();
    }
    return Promise.reject(new Crash());
  }
}
