-- Mean, lowest and highest value of each series in each year.
SELECT
    series,
    substr(date, 1, 4) AS period,
    round(avg(value), 2) AS value,
    min(value) AS lowest,
    max(value) AS highest,
    count(*) AS observations
FROM observation
GROUP BY series, period
ORDER BY series, period;
