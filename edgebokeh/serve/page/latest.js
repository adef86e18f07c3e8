/** One job at a time; of those that are asked for meanwhile, only the newest. */

/** How long, in milliseconds, a job may go on when a newer one waits: what comes sooner is still worth showing. */
const PATIENCE = 300;

export class Latest {
  #running = null;
  #next = null;
  #began = 0;
  #timer = 0;

  /** @param {(signal: AbortSignal) => Promise<void>} job deals with its own errors; being aborted is none */
  async ask(job) {
    this.#next = job;
    if (this.#running) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#running?.abort(), PATIENCE - (performance.now() - this.#began));
      return;
    }
    while (this.#next) await this.#run(this.#take());
  }

  /** Ends what runs, and forgets what waits. */
  cancel() {
    this.#next = null;
    this.#running?.abort();
  }

  #take() {
    const job = this.#next;
    this.#next = null;
    return job;
  }

  async #run(job) {
    this.#running = new AbortController();
    this.#began = performance.now();
    try {
      await job(this.#running.signal);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    } finally {
      clearTimeout(this.#timer);
      this.#running = null;
    }
  }
}
