-- Mean of each series in each decade of which it has values from all ten years.
SELECT
    series,
    substr(date, 1, 3) || '0s' AS decade,
    round(avg(value), 1) AS value,
    count(*) AS observations
FROM observation
GROUP BY series, decade
HAVING count(DISTINCT substr(date, 1, 4)) = 10
ORDER BY decade, series;
