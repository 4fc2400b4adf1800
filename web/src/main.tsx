import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./ui/console.css";
import "./ui/notifications.css";

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Refusal } from "./api/client";
import { live } from "./api/live";
import { createConsoleRouter } from "./routes";
import { NotLive } from "./ui/NotLive";
import { theme } from "./ui/theme";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server refused it will refuse again.
      retry: (failures, error) => !(error instanceof Refusal) && failures < 2,
    },
  },
});

live(queries);

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no place for the console");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <Notifications position="bottom-left" />
        <NotLive />
        <RouterProvider router={createConsoleRouter(queries)} />
      </MantineProvider>
    </QueryClientProvider>
  </StrictMode>,
);
