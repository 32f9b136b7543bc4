-- Sea surface temperature of each month against the mean of that calendar month
-- in the thirty years from 1971 to 2000.
WITH normal AS (
    SELECT substr(date, 6, 2) AS month, avg(value) AS value
    FROM observation
    WHERE series = 'nino12' AND substr(date, 1, 4) BETWEEN '1971' AND '2000'
    GROUP BY month
)

SELECT
    observation.series,
    observation.date AS period,
    round(observation.value - normal.value, 2) AS value,
    observation.value AS measured,
    round(normal.value, 2) AS normal
FROM observation
INNER JOIN normal ON substr(observation.date, 6, 2) = normal.month
WHERE observation.series = 'nino12'
ORDER BY observation.date;
