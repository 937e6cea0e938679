/** Nothing here yet, and what to do about it. */
import { Center, Stack, Text, ThemeIcon } from "@mantine/core";
import type { ComponentType, ReactNode } from "react";

interface EmptyProps {
  icon: ComponentType<{ size?: number; stroke?: number }>;
  title: string;
  text?: string;
  /** Among other things, and not in the middle of an area of its own. */
  inline?: boolean;
  children?: ReactNode;
}

export function Empty({ icon: Icon, title, text, inline = false, children }: EmptyProps) {
  return (
    <Center h={inline ? undefined : "100%"} p="xl">
      <Stack align="center" gap="xs" maw={340}>
        <ThemeIcon size={64} radius="xl" variant="light" aria-hidden="true">
          <Icon size={32} stroke={1.5} />
        </ThemeIcon>
        <Text fw={650} size="lg" ta="center">
          {title}
        </Text>
        {text !== undefined && (
          <Text c="dimmed" size="sm" ta="center">
            {text}
          </Text>
        )}
        {children}
      </Stack>
    </Center>
  );
}
