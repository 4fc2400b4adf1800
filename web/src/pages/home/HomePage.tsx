import { Title } from "@mantine/core";

/** Health of everything, and what needs a person. */
export function HomePage() {
  return <Title order={1}>Home</Title>;
}
