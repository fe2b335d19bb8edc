/** @file Work on what changes faster than it is done: always on the latest, never on two at once. */

export class Latest {
  #running = false;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `wait`: milliseconds without a call before the work begins. */
  constructor(
    readonly work: () => Promise<void>,
    readonly wait = 0,
  ) {}

  call(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), this.wait);
  }

  async #run(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    try {
      await this.work();
    } finally {
      this.#running = false;
      if (this.#again) {
        this.#again = false;
        this.call();
      }
    }
  }
}
