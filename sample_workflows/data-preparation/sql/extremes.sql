-- The three lowest and the three highest values of each series.
WITH ranked AS (
    SELECT
        series,
        date,
        value,
        row_number() OVER (PARTITION BY series ORDER BY value, date) AS from_bottom,
        row_number() OVER (PARTITION BY series ORDER BY value DESC, date) AS from_top
    FROM observation
)

SELECT series, 'lowest' AS extreme, from_bottom AS place, date, value
FROM ranked
WHERE from_bottom <= 3
UNION ALL
SELECT series, 'highest', from_top, date, value
FROM ranked
WHERE from_top <= 3
ORDER BY series, extreme, place;
