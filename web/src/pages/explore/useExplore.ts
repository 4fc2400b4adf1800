import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ExploreSearch, exploreSearch } from "../../lib/exploreSearch";

/** What is to be otherwise in the address; undefined leaves it out. */
export type Change = { [Key in keyof ExploreSearch]?: ExploreSearch[Key] | undefined };

/** The address of Explore, which holds all that was chosen. */
export function useExplore() {
  const search = useSearch({ from: "/explore" });
  const navigate = useNavigate({ from: "/explore" });
  /** Told as a function when it goes on from what the address says by then: two changes may come before the page is drawn again. */
  const change = (to: Change | ((now: ExploreSearch) => Change), replace = false) => {
    void navigate({ search: (before) => exploreSearch({ ...before, ...(typeof to === "function" ? to(before) : to) }), replace, resetScroll: false });
  };
  /** A choice, from which the query is written anew. */
  const choose = (to: Change) => change({ ...to, query: undefined });
  return { search, change, choose };
}
