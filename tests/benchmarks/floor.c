/* The floor: start each step of a graph with posix_spawn, two at a time, and do nothing else.
 * usage: floor JOBS FILE, a line a step: comma-separated numbers of earlier steps, a tab, a command. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

enum { MAX = 20000, FAN = 64 };
static char *command[MAX];
static int waits[MAX], after[MAX][FAN], afters[MAX], queue[MAX];

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    int jobs = atoi(argv[1]), count = 0, head = 0, tail = 0, running = 0, done = 0;
    FILE *file = fopen(argv[2], "r");
    if (!file || jobs < 1 || jobs > FAN) return 2;
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, file) > 0 && count < MAX) {
        char *tab = strchr(line, '\t');
        if (!tab) return 2;
        *tab = 0;
        tab[1 + strcspn(tab + 1, "\n")] = 0;
        command[count] = strdup(tab + 1);
        for (char *word = strtok(line, ","); word; word = strtok(NULL, ",")) {
            int before = atoi(word);
            if (afters[before] == FAN) return 2;
            after[before][afters[before]++] = count;
            waits[count]++;
        }
        count++;
    }
    for (int i = 0; i < count; i++) if (!waits[i]) queue[tail++] = i;
    pid_t pids[FAN] = {0};
    int steps[FAN];
    while (done < count) {
        for (int slot = 0; slot < jobs && head < tail; slot++) {
            if (pids[slot]) continue;
            steps[slot] = queue[head++];
            char *args[] = {"sh", "-c", command[steps[slot]], NULL};
            if (posix_spawn(&pids[slot], "/bin/sh", NULL, NULL, args, environ)) return 1;
            running++;
        }
        int status;
        pid_t pid = wait(&status);
        if (pid < 0 || status || !running) return 1;
        for (int slot = 0; slot < jobs; slot++) {
            if (pids[slot] != pid) continue;
            pids[slot] = 0;
            running--;
            done++;
            for (int i = 0; i < afters[steps[slot]]; i++)
                if (!--waits[after[steps[slot]][i]]) queue[tail++] = after[steps[slot]][i];
        }
    }
    return 0;
}
