/** This process's clock: for pace and display. What decides a lease, a deadline or an expiry is the database's `now()`. */
export interface Clock {
  now(): Date;
}
