-- Mean of each series in each month, for the series that know months.
SELECT
    series,
    substr(date, 1, 7) AS period,
    round(avg(value), 2) AS value,
    count(*) AS observations
FROM observation
WHERE length(date) >= 7
GROUP BY series, period
ORDER BY series, period;
