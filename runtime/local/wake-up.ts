/** A place where one flow of a job waits until something that others do makes it go on. */
export class WakeUp {
  readonly #ended: () => boolean;
  #wake: (() => void) | undefined;

  /** @param ended whether no waiting makes sense any more. */
  constructor(ended: () => boolean) {
    this.#ended = ended;
  }

  /** Something changed: whoever waits looks again. */
  signal(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Resolves once a condition holds, or waiting makes no sense any more. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#ended()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits for a time, but no longer than waiting makes sense. @param ms milliseconds. */
  async sleep(ms: number): Promise<void> {
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      this.signal();
    }, ms);
    await this.until(() => over);
    clearTimeout(timer);
  }
}
