import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ExploreSearch, exploreSearch } from "../../lib/exploreSearch";

/** What is to be otherwise in the address; undefined leaves it out. */
export type Change = { [Key in keyof ExploreSearch]?: ExploreSearch[Key] | undefined };

/** The address of Explore, which holds all that was chosen. */
export function useExplore() {
  const search = useSearch({ from: "/explore" });
  const navigate = useNavigate({ from: "/explore" });
  const change = (to: Change, replace = false) => {
    void navigate({ search: (before) => exploreSearch({ ...before, ...to }), replace, resetScroll: false });
  };
  /** A choice, from which the query is written anew. */
  const choose = (to: Change) => change({ ...to, query: undefined });
  return { search, change, choose };
}
