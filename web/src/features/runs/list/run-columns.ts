/** The columns of the list of runs, the same in its head and in every row; on a narrow window a row is two lines instead. */
export const RUN_COLUMNS =
  "md:grid md:grid-cols-[7rem_minmax(0,1fr)_9rem_6.5rem_5.5rem] md:gap-x-4 lg:grid-cols-[7rem_minmax(0,1fr)_10rem_7rem_5.5rem_5rem_5.5rem] lg:[&>*]:block md:max-lg:[&>*:nth-child(n+6)]:hidden";
