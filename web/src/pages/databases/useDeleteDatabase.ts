import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Database } from "../../api/databases";
import { told } from "../../ui/Problem";
import { deleteWithUndo } from "../../ui/undo";
import { databasesChanged, deleteDatabase } from "./data";

/** Deletes with a way back, and leaves its page for the list. */
export function useDeleteDatabase(): (database: Database) => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (database) => {
    deleteWithUndo({
      id: database.id,
      what: `the database ${database.name}`,
      remove: () => deleteDatabase(database),
      settled: () => void databasesChanged(queries),
      failed: (error) => {
        const { message, advice } = told(error);
        notifications.show({ color: "red", title: message, message: advice, autoClose: 10_000 });
      },
    });
    void navigate({ to: "/databases" });
  };
}
